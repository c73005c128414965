// The HDF5 C library, each call wrapped once: handles close themselves, every return code is checked, and an error
// carries the object's name and the library's own error stack. Nothing above this file sees an `hid_t`, except to open
// files with MPI.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"

namespace nxmc::hdf5 {

/// Owner of one HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept;

  hid_t id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  /// Gives the identifier away: it is not closed here.
  hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

 private:
  void reset();
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Types of elements; all little-endian in the file.
enum class Type : std::uint8_t { f64, i64, i32, u64, u32, u8, text };

/// How a dataset lies in the file.
enum class Storage : std::uint8_t {
  preallocated,  ///< contiguous, its place fixed at creation, never filled: what may be written while a campaign runs
  compressed     ///< chunked, shuffled, gzip
};

/// What a dataset is, for its creation. Every dataset says what it means and in which unit.
struct Description {
  std::string path;
  Type type = Type::f64;
  std::vector<hsize_t> shape;  ///< empty for a single value
  std::string unit;
  std::string description;
  std::size_t text_width = 0;  ///< bytes of each value, for text
};

template <class T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
  if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
}

/// Where a dataset's bytes lie in the file, user block included.
struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Texts as a dataset holds them: all of one width, padded with zeros.
class FixedTexts {
 public:
  FixedTexts() = default;
  FixedTexts(std::string packed, std::size_t width) : packed_(std::move(packed)), width_(width) {}

  std::size_t size() const { return width_ == 0 ? 0 : packed_.size() / width_; }
  /// Without its padding.
  std::string_view operator[](std::size_t i) const {
    const char* text = packed_.data() + i * width_;
    return {text, ::strnlen(text, width_)};
  }

 private:
  std::string packed_;
  std::size_t width_ = 0;
};

/// What a name in a file leads to. Soft and external links are not followed.
enum class Kind : std::uint8_t { group, dataset, type, link };
struct Link {
  std::string name;
  Kind kind = Kind::link;
};

/// An open dataset. A "row" is everything under one index of the first dimension.
class Dataset {
 public:
  Dataset(Handle handle, std::string name);

  const std::string& name() const { return name_; }
  std::vector<hsize_t> shape() const;
  /// Length of the first dimension, 1 for a single value.
  std::uint64_t rows() const { return shape_.empty() ? 1 : shape_.front(); }
  /// Elements of one row.
  std::uint64_t row_size() const { return row_size_; }
  Type type() const;
  std::size_t text_width() const;
  /// Empty when the dataset has no bytes in the file.
  FileRange range() const;
  std::string text_attribute(const std::string& attribute) const;
  /// Bytes of one element in the file.
  std::size_t element_bytes() const;
  /// All values as they are in the file, piece by piece.
  void visit_bytes(const std::function<void(std::span<const std::byte>)>& visit) const;

  template <class T>
  std::vector<T> read_rows(std::uint64_t first, std::uint64_t count) const {
    std::vector<T> values(count * row_size_);
    read_bytes(memory_type<T>(), first, count, values.data());
    return values;
  }
  /// Into memory that is there already. \pre values.size() == count * row_size()
  template <class T>
  void read_rows(std::uint64_t first, std::uint64_t count, std::span<T> values) const {
    check_size(values.size(), count);
    read_bytes(memory_type<T>(), first, count, values.data());
  }
  template <class T>
  std::vector<T> read() const {
    return read_rows<T>(0, rows());
  }
  template <class T>
  void write_rows(std::uint64_t first, std::uint64_t count, std::span<const T> values) const {
    check_size(values.size(), count);
    write_bytes(memory_type<T>(), first, count, values.data());
  }
  template <class T>
  void write(std::span<const T> values) const {
    write_rows(0, rows(), values);
  }
  /// Single rows at any places, in one call.
  template <class T>
  void write_scattered(std::span<const std::uint64_t> rows, std::span<const T> values) const {
    check_size(values.size(), rows.size());
    write_bytes_scattered(memory_type<T>(), rows, values.data());
  }

  std::vector<std::string> read_text(std::uint64_t first, std::uint64_t count) const;
  /// The same without a string for each.
  FixedTexts read_fixed_texts(std::uint64_t first, std::uint64_t count) const;
  std::vector<std::string> read_text() const { return read_text(0, rows()); }
  /// Longer texts are cut at a character boundary.
  void write_text(std::span<const std::string> values) const;
  void write_text_scattered(std::span<const std::uint64_t> rows, std::span<const std::string> values) const;

  /// Copies all values, whatever their type, to a dataset of the same type and shape.
  void copy_to(const Dataset& target) const;

  /// Makes this a coordinate called `coordinate`.
  void become_scale(const std::string& coordinate) const;
  void attach_scale(const Dataset& scale, unsigned dimension) const;

  hid_t id() const { return handle_.id(); }

 private:
  void check_size(std::size_t values, std::uint64_t rows) const;
  Handle file_type() const;
  Handle select_rows(std::uint64_t first, std::uint64_t count) const;
  void read_bytes(hid_t type, std::uint64_t first, std::uint64_t count, void* values) const;
  void write_bytes(hid_t type, std::uint64_t first, std::uint64_t count, const void* values) const;
  void write_bytes_scattered(hid_t type, std::span<const std::uint64_t> rows, const void* values) const;

  Handle handle_;
  std::string name_;
  std::vector<hsize_t> shape_;
  std::uint64_t row_size_ = 1;
};

/// An open file.
class File {
 public:
  /// A new file behind a user block of that many bytes; replaces what was there.
  static File create(const std::filesystem::path& path, std::uint64_t user_block);
  /// For reading, also while a campaign writes. Datasets that claim more values than the file has room for do not open.
  static File open(const std::filesystem::path& path);
  /// With the caller's access properties, for reading and writing (collective when these say MPI).
  static File open(const std::filesystem::path& path, const Handle& access);

  const std::string& name() const { return name_; }
  Dataset create_dataset(const Description& description, Storage storage) const;
  Dataset dataset(const std::string& path) const;
  bool has(const std::string& path) const;
  /// Of the dataset; 0 when there is none.
  std::uint64_t rows(const std::string& path) const { return has(path) ? dataset(path).rows() : 0; }
  /// From now on has() knows no other paths than these.
  void show_only(std::set<std::string> paths) { shown_ = std::move(paths); }

  // Of whatever is in the file, shown or not.
  std::vector<Link> links(const std::string& group) const;
  Kind kind(const std::string& path) const;
  std::vector<std::string> attributes(const std::string& object) const;
  /// False for arrays, and for references to objects.
  bool attribute_has_one_value(const std::string& object, const std::string& attribute) const;
  /// To the object of the same path in another file.
  void copy_attribute(const std::string& object, const std::string& attribute, const File& to) const;
  /// With everything in it, to the same path in another file.
  void copy_object(const std::string& path, const File& to) const;

  /// An attribute of the root.
  void write_attribute(const char* attribute, const std::string& value) const;
  void write_attribute(const char* attribute, double value) const;
  void write_attribute(const char* attribute, std::int64_t value) const;
  /// Bytes that the file has or will have.
  std::uint64_t size() const;
  /// Reports errors, which a destructor cannot. No dataset may be open.
  void close();

 private:
  void create_groups_above(const std::string& path) const;
  File(Handle handle, std::string name) : handle_(std::move(handle)), name_(std::move(name)) {}
  Handle handle_;
  std::string name_;
  std::optional<std::set<std::string>> shown_;
  std::optional<std::uint64_t> bytes_when_opened_;  // only to read it: then no dataset can have more
};

/// Access properties that every opening of an archive shares.
Handle access_properties();

/// An HDF5 call that failed.
class Failure : public ArchiveError {
 public:
  Failure(const std::string& name, const std::string& action, const std::string& reason);
  /// Without the name of the file and without a remedy.
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

/// Throws a Failure that names the object and what could not be done, with HDF5's error stack.
[[noreturn]] void fail(const std::string& name, const std::string& action);

/// Throws if an HDF5 call failed; returns what it returned otherwise.
template <class Result>
Result check(Result result, const std::string& name, const char* action) {
  if (result < 0) fail(name, action);
  return result;
}

/// A text as HDF5 stores it in `width` bytes: cut at a character boundary of UTF-8, padded with zeros.
std::string fixed_text(const std::string& text, std::size_t width);

}  // namespace nxmc::hdf5
