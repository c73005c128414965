// Power loss, replayed: what a disk may hold when the power goes at some record of a recording.
//
// A completed fsync or fdatasync makes durable what was recorded before it began. Of later writes any page may have
// been written back or not, in any of the states that it had since, even torn between sectors; of later changes of
// names the first few. File systems that order more lose less.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recording.hpp"

namespace nxmc::testing_tools {

struct Record {
  RecordHead head;
  std::string_view name;
  std::string_view bytes;
};

/// A recording as the library wrote it.
class Recording {
 public:
  explicit Recording(std::string text) : text_(std::move(text)) {
    for (std::size_t at = 0; at < text_.size();) {
      Record record;
      std::memcpy(&record.head, text_.data() + at, sizeof record.head);
      if (record.head.magic != RecordHead::expected_magic) throw std::runtime_error("the recording is garbled");
      at += sizeof record.head;
      record.name = std::string_view(text_).substr(at, record.head.name_length);
      at += record.head.name_length;
      record.bytes = std::string_view(text_).substr(at, record.head.length);
      at += record.head.length;
      records_.push_back(record);
    }
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  const std::vector<Record>& records() const { return records_; }

 private:
  std::string text_;
  std::vector<Record> records_;
};

enum class Disk {
  honest,      ///< what was synced is there
  forgetting,  ///< syncs are ignored: for showing that the test can fail
};

/// How much of what was not synced got to the disk.
enum class Writeback { nothing, everything, some_pages, torn_pages };

class PowerLoss {
 public:
  /// The power goes when the first `cut` records have happened.
  PowerLoss(const Recording& recording, std::uint64_t directory_inode, std::size_t cut, Disk disk)
      : directory_inode_(directory_inode) {
    for (std::size_t at = 0; at < cut; ++at) follow(recording.records()[at], at, disk);
  }

  /// Everything that was said before.
  const std::string& said() const { return said_; }

  /// Puts what survived into an empty directory.
  void leave(const std::filesystem::path& directory, Writeback writeback, std::mt19937& random) const {
    for (const auto& [name, file] : surviving_names(writeback, random))
      files_[file].leave(directory / name, writeback, random);
  }

 private:
  static constexpr std::size_t sector_bytes = 512;
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t sectors = page_bytes / sector_bytes;
  using Page = std::array<char, page_bytes>;

  /// Number of changes that arrived, of `changes` that might have.
  static std::size_t arrived(std::size_t changes, Writeback writeback, std::mt19937& random) {
    if (writeback == Writeback::nothing) return 0;
    if (writeback == Writeback::everything) return changes;
    return std::uniform_int_distribution<std::size_t>(0, changes)(random);
  }

  struct Change {
    std::size_t at;  // record
    std::int64_t offset;
    std::string_view bytes;
    bool resizes;  // to offset
    std::int64_t end() const { return offset + static_cast<std::int64_t>(bytes.size()); }
  };

  struct History {
    std::vector<Change> changes;
    std::size_t durable_before = 0;  // record

    std::size_t durable_changes() const {
      return static_cast<std::size_t>(
          std::ranges::count_if(changes, [&](const Change& change) { return change.at < durable_before; }));
    }

    std::int64_t size_after(std::size_t count) const {
      std::int64_t size = 0;
      for (std::size_t i = 0; i < count; ++i)
        size = changes[i].resizes ? changes[i].offset : std::max(size, changes[i].end());
      return size;
    }

    /// The part of a page that a change covers, copied.
    static void apply(const Change& change, std::int64_t page_begin, Page& page) {
      const std::int64_t begin = std::max(change.offset, page_begin);
      const std::int64_t end = std::min(change.end(), page_begin + static_cast<std::int64_t>(page_bytes));
      if (begin >= end || change.resizes) return;
      std::memcpy(page.data() + (begin - page_begin), change.bytes.data() + (begin - change.offset),
                  static_cast<std::size_t>(end - begin));
    }

    /// Which changes touch which page, in order.
    std::map<std::int64_t, std::vector<std::size_t>> changes_of_pages() const {
      std::map<std::int64_t, std::vector<std::size_t>> touching;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].resizes || changes[i].bytes.empty()) continue;
        const auto step = static_cast<std::int64_t>(page_bytes);
        for (std::int64_t page = changes[i].offset / step * step; page < changes[i].end(); page += step)
          touching[page].push_back(i);
      }
      return touching;
    }

    Page page_after(std::int64_t begin, const std::vector<std::size_t>& touching, std::size_t count) const {
      Page page{};
      for (std::size_t i = 0; i < count; ++i) apply(changes[touching[i]], begin, page);
      return page;
    }

    Page surviving_page(std::int64_t begin, const std::vector<std::size_t>& touching, Writeback writeback,
                        std::mt19937& random) const {
      const auto durable = static_cast<std::size_t>(
          std::ranges::count_if(touching, [&](std::size_t i) { return changes[i].at < durable_before; }));
      const std::size_t pending = touching.size() - durable;
      Page page = page_after(begin, touching, durable + arrived(pending, writeback, random));
      if (writeback != Writeback::torn_pages) return page;
      for (std::size_t sector = 0; sector < sectors; ++sector) {
        const Page other = page_after(begin, touching, durable + arrived(pending, writeback, random));
        std::copy_n(other.begin() + sector * sector_bytes, sector_bytes, page.begin() + sector * sector_bytes);
      }
      return page;
    }

    void leave(const std::filesystem::path& name, Writeback writeback, std::mt19937& random) const {
      const std::size_t durable = durable_changes();
      const std::int64_t size = size_after(durable + arrived(changes.size() - durable, writeback, random));
      std::ofstream file(name, std::ios::binary);
      for (const auto& [begin, touching] : changes_of_pages()) {
        if (begin >= size) continue;
        const Page page = surviving_page(begin, touching, writeback, random);
        file.seekp(begin);
        file.write(page.data(), std::min<std::int64_t>(page_bytes, size - begin));
      }
      file.close();
      if (!file) throw std::runtime_error("cannot write " + name.string());
      std::filesystem::resize_file(name, static_cast<std::uintmax_t>(size));
    }
  };

  struct NameChange {
    std::size_t at;
    Action action;
    std::string name;
    std::string other;
    std::size_t file;  // of create
  };

  void follow(const Record& record, std::size_t at, Disk disk) {
    const RecordHead& head = record.head;
    switch (head.action) {
      case Action::create:
        files_of_inodes_[head.inode] = files_.size();
        name_changes_.push_back({at, head.action, std::string(record.name), {}, files_.size()});
        files_.emplace_back();
        break;
      case Action::write:
        file(head.inode).changes.push_back({at, head.offset, record.bytes, false});
        break;
      case Action::resize:
      case Action::reserve:
        file(head.inode).changes.push_back({at, head.offset, {}, true});
        break;
      case Action::sync_begin:
        began_[{head.thread, head.inode}] = at;
        break;
      case Action::sync_end:
        if (disk == Disk::honest)
          durable_before(head.inode) = std::max(durable_before(head.inode), began_.at({head.thread, head.inode}));
        break;
      case Action::rename:
      case Action::link:
      case Action::unlink:
        name_changes_.push_back({at, head.action, std::string(record.name), std::string(record.bytes), 0});
        break;
      case Action::report:
        said_ += record.bytes;
        break;
      case Action::shared_mapping:
        throw std::runtime_error("a file was mapped for writing: its changes are not in the recording");
    }
  }

  History& file(std::uint64_t inode) {
    const auto found = files_of_inodes_.find(inode);
    if (found == files_of_inodes_.end()) throw std::runtime_error("a file changed that the recording never saw begin");
    return files_[found->second];
  }

  std::size_t& durable_before(std::uint64_t inode) {
    return inode == directory_inode_ ? names_durable_before_ : file(inode).durable_before;
  }

  std::map<std::string, std::size_t> surviving_names(Writeback writeback, std::mt19937& random) const {
    const auto durable = static_cast<std::size_t>(std::ranges::count_if(
        name_changes_, [&](const NameChange& change) { return change.at < names_durable_before_; }));
    const std::size_t count = durable + arrived(name_changes_.size() - durable, writeback, random);
    std::map<std::string, std::size_t> names;
    for (std::size_t i = 0; i < count; ++i) {
      const NameChange& change = name_changes_[i];
      if (change.action == Action::create) names[change.name] = change.file;
      if (change.action == Action::rename || change.action == Action::link) names[change.other] = names.at(change.name);
      if (change.action == Action::rename || change.action == Action::unlink) names.erase(change.name);
    }
    return names;
  }

  std::uint64_t directory_inode_;
  std::vector<History> files_;
  std::map<std::uint64_t, std::size_t> files_of_inodes_;
  std::map<std::pair<std::int32_t, std::uint64_t>, std::size_t> began_;  // of thread and inode
  std::vector<NameChange> name_changes_;
  std::size_t names_durable_before_ = 0;
  std::string said_;
};

}  // namespace nxmc::testing_tools
