// A campaign file from its bytes to validated scans.
#include "nxmc/campaign/campaign.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "document.hpp"
#include "extent.hpp"
#include "fields.hpp"
#include "numbers.hpp"
#include "nxmc/campaign/schema.hpp"
#include "problems.hpp"
#include "scan.hpp"
#include "words.hpp"

namespace nxmc {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20U;

[[noreturn]] void refuse_file(const std::string& file, const std::string& reason) {
  throw CampaignError(file, {Problem{{}, "", reason}});
}

std::string too_large() { return "larger than 1 MiB: that is no campaign file, and it was not read"; }

/// A file, pipe or terminal that is read without waiting for it blindly.
class OpenFile {
 public:
  // O_NONBLOCK: opening a pipe must not wait for a writer, because nothing could interrupt that.
  explicit OpenFile(const std::filesystem::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) fail();
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  /// Waits until there is something to read, or the last writer has gone.
  void wait(const std::function<void()>& interrupt) const {
    constexpr int between_interrupts = 50;  // ms
    pollfd state{.fd = descriptor_, .events = POLLIN, .revents = 0};
    int ready = 0;
    while (ready == 0) {
      if (interrupt) interrupt();
      ready = ::poll(&state, 1, between_interrupts);
      if (ready < 0 && errno == EINTR) ready = 0;
    }
    if (ready < 0) fail();
  }
  /// Bytes that are there now; nullopt when there are none yet, 0 at the end.
  std::optional<std::size_t> read(std::span<char> bytes) const {
    const ssize_t got = ::read(descriptor_, bytes.data(), bytes.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) fail();
    return {};
  }

 private:
  [[noreturn]] void fail() const { refuse_file(path_, fmt::format("cannot be read: {}", std::strerror(errno))); }

  std::filesystem::path path_;
  int descriptor_;
};

/// Everything that a pipe or file gives, up to one byte more than a campaign may have.
std::string read_text(const std::filesystem::path& path, const std::function<void()>& interrupt) {
  const OpenFile file(path);
  std::string text(largest_file + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    file.wait(interrupt);
    const std::optional<std::size_t> got = file.read(std::span(text).subspan(length));
    if (got == 0U) break;
    length += got.value_or(0);
  }
  text.resize(length);
  return text;
}

void read_defaults(const YamlNode& root, Defaults& defaults, Problems& problems) {
  const Entry entry = find_entry(root, "defaults");
  if (!entry) return;
  if (!expect_map(*entry.value, "a mapping of keys that scans share", problems)) return;
  refuse_unknown_keys(*entry.value, keys_of_section("defaults"), problems);
  defaults.node = entry.value;
  defaults.probably_meant = keys_probably_meant(*entry.value);
}

/// A default that concerns no scan is as good as a misspelt one.
void refuse_unused_defaults(const Defaults& defaults, Problems& problems) {
  if (defaults.node == nullptr) return;
  const auto known = keys_of_section("defaults");
  for (const YamlNode::Key& key : defaults.node->keys) {
    if (defaults.used.contains(key.name) || std::ranges::find(known, key.name) == known.end()) continue;
    problems.add(key.place, "defaults." + shortened(key.name), "no scan uses this default; remove it");
  }
}

/// Each scan once: what an alias repeats is refused for its name.
std::vector<const YamlNode*> different_scans(const YamlNode& list) {
  std::vector<const YamlNode*> scans;
  std::unordered_set<const YamlNode*> met;
  for (const auto& item : list.items)
    if (met.insert(item.get()).second) scans.push_back(item.get());
  return scans;
}

/// Reads the scans one by one. Those that are too much together are still read for the sake of other mistakes in them,
/// but not kept, and only as far as it takes no time.
class ScansReader {
 public:
  ScansReader(const YamlNode& list, Defaults& defaults, Problems& problems)
      : list_(list), defaults_(defaults), problems_(problems), nodes_(different_scans(list)) {
    for (const YamlNode* node : nodes_) {
      extents_.push_back(extent_of(*node, defaults.node));
      jobs_asked_for_ += extents_.back().jobs();
      observations_ += extents_.back().observations;
    }
  }

  std::vector<ScanDraft> read() {
    for (std::size_t k = 0; k < nodes_.size() && may_be_read(extents_[k]); ++k) {
      auto draft = read_scan(*nodes_[k], defaults_, scrutiny_of(extents_[k]), problems_);
      if (!draft) continue;
      jobs_ += draft->jobs();
      if (!too_much()) drafts_.push_back(std::move(*draft));
    }
    report();
    if (stopped_ && defaults_.node != nullptr) {  // nobody knows what the other scans would have asked for
      for (const YamlNode::Key& key : defaults_.node->keys) defaults_.used.insert(key.name);
    }
    return std::move(drafts_);
  }

 private:
  static constexpr double most_read_in_vain = 1e6;  // values

  bool too_much() const { return jobs_asked_for_ > most_jobs || observations_ > most_observations; }

  bool may_be_read(const Extent& scan) {
    if (!too_much()) return true;
    const bool first = read_in_vain_ == 0;
    read_in_vain_ += scan.values + scan.observations;
    stopped_ = !first && read_in_vain_ > most_read_in_vain;
    return !stopped_;
  }

  Scrutiny scrutiny_of(const Extent& scan) {
    if (!too_much()) return Scrutiny::of_combinations;
    if (read_in_vain_ + scan.points > most_read_in_vain) return Scrutiny::of_values;
    read_in_vain_ += scan.points;
    return Scrutiny::of_combinations;
  }

  void report() {
    const double jobs = stopped_ ? jobs_asked_for_ : jobs_;
    if (jobs > most_jobs) {
      problems_.add(list_.place, list_.path,
                    fmt::format("make {:.10g} jobs together; a campaign has at most {:.0f}", jobs, most_jobs));
    }
    if (observations_ > most_observations) {
      problems_.add(list_.place, list_.path,
                    fmt::format("are observed at {:.10g} times and sweeps together, snapshots included; a campaign "
                                "has at most {:.0f}",
                                observations_, most_observations));
    }
  }

  const YamlNode& list_;
  Defaults& defaults_;
  Problems& problems_;
  std::vector<const YamlNode*> nodes_;
  std::vector<Extent> extents_;
  double jobs_asked_for_ = 0;
  double observations_ = 0;
  double jobs_ = 0;  // of scans without problems
  double read_in_vain_ = 0;
  bool stopped_ = false;
  std::vector<ScanDraft> drafts_;
};

std::vector<ScanDraft> read_scans(const YamlNode& root, Defaults& defaults, Problems& problems) {
  const Entry entry = find_entry(root, "scans");
  if (!entry) {
    problems.add(root.place, "", "lacks 'scans' (a list: what is to be simulated)");
    return {};
  }
  if (!entry.value->is_list() || entry.value->items.empty()) {
    problems.add(entry.value->place, "scans",
                 fmt::format("must be a list of scans ('- name: …'), not {}",
                             entry.value->is_list() ? "an empty one" : describe(*entry.value)));
    return {};
  }
  return ScansReader(*entry.value, defaults, problems).read();
}

/// Other scans have not asked for the defaults that they use.
bool has_only_mappings_as_scans(const YamlNode& root) {
  const Entry scans = find_entry(root, "scans");
  return scans && scans.value->is_list() && !scans.value->items.empty() &&
         std::ranges::all_of(scans.value->items, [](const auto& item) { return item->is_map(); });
}

/// Looks at the tree, because a scan with other problems has no draft.
void refuse_repeated_names(const YamlNode& root, Problems& problems) {
  const Entry scans = find_entry(root, "scans");
  if (!scans) return;
  std::unordered_map<std::string, int> lines;
  for (const auto& item : scans.value->items) {
    const Entry name = find_entry(*item, "name");
    if (!name || !name.value->is_text()) continue;
    const auto [first, is_new] = lines.try_emplace(name.value->text, name.value->place.line);
    if (is_new) continue;
    problems.add(name.value->place, name.value->path,
                 fmt::format("another scan is called {} (line {})", quote(name.value->text), first->second));
  }
}

void read_head(const YamlNode& root, Campaign& campaign, Problems& problems) {
  if (const Entry name = find_entry(root, "name")) {
    campaign.name = read_name(*name.value, problems).value_or("");
  } else {
    problems.add(root.place, "", "lacks 'name' (what the campaign is called)");
  }
  if (const Entry seed = find_entry(root, "seed")) {
    campaign.seed = read_seed(*seed.value, problems).value_or(campaign.seed);
  }
}

/// What a campaign says, its scans not yet unfolded.
std::vector<ScanDraft> read_root(const YamlNode& root, Campaign& campaign, Problems& problems) {
  if (!expect_map(root, "a mapping with 'name' and 'scans'", problems)) return {};
  refuse_unknown_keys(root, keys_of_section("campaign"), problems);
  read_head(root, campaign, problems);
  Defaults defaults;
  read_defaults(root, defaults, problems);
  refuse_repeated_names(root, problems);
  std::vector<ScanDraft> drafts = read_scans(root, defaults, problems);
  if (has_only_mappings_as_scans(root)) refuse_unused_defaults(defaults, problems);
  return drafts;
}

}  // namespace

Campaign parse_campaign(const std::string& text, const std::string& file_name) {
  if (text.size() > largest_file) refuse_file(file_name, too_large());
  Campaign campaign{.file = file_name, .text = text, .name = "", .seed = 1, .scans = {}};
  Problems problems;
  try {
    const std::shared_ptr<const YamlNode> root = read_document(text, problems);
    std::vector<ScanDraft> drafts;
    if (root != nullptr) drafts = read_root(*root, campaign, problems);
    if (!problems.empty()) throw CampaignError(file_name, problems.sorted());
    for (ScanDraft& draft : drafts) campaign.scans.push_back(expand(std::move(draft)));
  } catch (const TooManyProblems&) {
    throw CampaignError(file_name, problems.sorted());
  }
  return campaign;
}

Campaign read_campaign(const std::filesystem::path& file, const std::function<void()>& interrupt) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) refuse_file(file, "no such file");
  if (std::filesystem::is_directory(status)) refuse_file(file, "a directory, not a campaign file");
  if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(file, error) > largest_file) {
    refuse_file(file, too_large());
  }
  return parse_campaign(read_text(file, interrupt), file);
}

}  // namespace nxmc
