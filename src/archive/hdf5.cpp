// See hdf5.hpp.
#include "hdf5.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <stdexcept>

#include "nxmc/archive/archive.hpp"
#include "system_errors.hpp"

namespace nxmc::hdf5 {

namespace {

constexpr hsize_t alignment = 4096;
constexpr hsize_t metadata_block = 65536;             // keeps metadata together, between few extents of raw data
constexpr hsize_t chunk_bytes = hsize_t{512} * 1024;  // two chunks fit into HDF5's chunk cache
constexpr hsize_t chunks_per_copy = 16;               // whole chunks: none is compressed twice
constexpr hsize_t smallest_compressed = 4096;         // bytes
constexpr unsigned gzip_level = 4;

herr_t collect_line(unsigned /*depth*/, const H5E_error2_t* error, void* lines) {
  static_cast<std::vector<std::string>*>(lines)->emplace_back(error->desc == nullptr ? "" : error->desc);
  return 0;
}

std::string error_stack() {
  std::vector<std::string> lines;
  if (H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect_line, &lines) < 0 || lines.empty())
    return "no reason given by HDF5";
  return lines.size() == 1 ? lines.front() : fmt::format("{} ({})", lines.front(), lines.back());
}

Handle property_list(hid_t kind) { return {check(H5Pcreate(kind), "HDF5", "make a property list"), H5Pclose}; }

Handle dataspace(const std::vector<hsize_t>& shape, const std::string& name) {
  const hid_t id =
      shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  return {check(id, name, "describe its shape"), H5Sclose};
}

Handle text_type(std::size_t width, const std::string& name) {
  Handle type(check(H5Tcopy(H5T_C_S1), name, "make a text type"), H5Tclose);
  check(H5Tset_size(type.id(), std::max<std::size_t>(width, 1)), name, "set a text width");
  check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), name, "set a text padding");
  check(H5Tset_cset(type.id(), H5T_CSET_UTF8), name, "set a character set");
  return type;
}

Handle type_in_file(const Description& d) {
  const auto copy = [&](hid_t type) { return Handle(check(H5Tcopy(type), d.path, "make a type"), H5Tclose); };
  switch (d.type) {
    case Type::f64:
      return copy(H5T_IEEE_F64LE);
    case Type::i64:
      return copy(H5T_STD_I64LE);
    case Type::i32:
      return copy(H5T_STD_I32LE);
    case Type::u64:
      return copy(H5T_STD_U64LE);
    case Type::u32:
      return copy(H5T_STD_U32LE);
    case Type::u8:
      return copy(H5T_STD_U8LE);
    case Type::text:
      break;
  }
  return text_type(d.text_width, d.path);
}

hsize_t product(std::span<const hsize_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), hsize_t{1}, std::multiplies<>());
}

/// Rows of a dataset that make a chunk when it is compressed.
hsize_t rows_of_chunk(hsize_t row_bytes, hsize_t rows) {
  return std::clamp<hsize_t>(chunk_bytes / std::max<hsize_t>(row_bytes, 1), 1, std::max<hsize_t>(rows, 1));
}

void compress(const Handle& properties, const Description& d, std::size_t element_bytes) {
  const hsize_t row_bytes = product(std::span(d.shape).subspan(1)) * element_bytes;
  std::vector<hsize_t> chunk = d.shape;
  chunk[0] = rows_of_chunk(row_bytes, d.shape[0]);
  check(H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()), d.path, "set its chunks");
  check(H5Pset_shuffle(properties.id()), d.path, "set a filter");
  check(H5Pset_deflate(properties.id(), gzip_level), d.path, "set a filter");
}

/// Creation properties of files, groups and datasets without times of creation: these would make equal archives differ.
Handle timeless_properties(hid_t kind) {
  Handle properties = property_list(kind);
  check(H5Pset_obj_track_times(properties.id(), false), "HDF5", "switch off times of creation");
  return properties;
}

Handle creation_properties(const Description& d, Storage storage, std::size_t element_bytes) {
  Handle properties = timeless_properties(H5P_DATASET_CREATE);
  const bool small = d.shape.empty() || product(d.shape) * element_bytes < smallest_compressed;
  if (storage == Storage::compressed && !small) {
    compress(properties, d, element_bytes);
    return properties;
  }
  check(H5Pset_layout(properties.id(), H5D_CONTIGUOUS), d.path, "set its layout");
  check(H5Pset_alloc_time(properties.id(), H5D_ALLOC_TIME_EARLY), d.path, "set its allocation");
  check(H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER), d.path, "set its filling");
  return properties;
}

void write_attribute(hid_t object, const std::string& object_name, const char* attribute, const std::string& value) {
  const Handle type = text_type(value.size(), object_name);
  const Handle space = dataspace({}, object_name);
  const Handle handle(check(H5Acreate2(object, attribute, type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), object_name,
                            "create an attribute"),
                      H5Aclose);
  const std::string padded = value.empty() ? std::string(1, '\0') : value;
  check(H5Awrite(handle.id(), type.id(), padded.data()), object_name, "write an attribute");
}

void write_number(hid_t object, const std::string& object_name, const char* attribute, hid_t type, const void* value) {
  const Handle space = dataspace({}, object_name);
  const Handle handle(check(H5Acreate2(object, attribute, type, space.id(), H5P_DEFAULT, H5P_DEFAULT), object_name,
                            "create an attribute"),
                      H5Aclose);
  check(H5Awrite(handle.id(), type, value), object_name, "write an attribute");
}

/// Of texts and lists without a fixed length, HDF5 would hand out pointers.
void require_fixed_length(const Handle& type, const std::string& name) {
  if (H5Tdetect_class(type.id(), H5T_VLEN) > 0 || H5Tis_variable_str(type.id()) > 0)
    throw Failure(name, "read it", "archives have no values of varying length");
}

std::uint64_t count_values(const Handle& attribute, const std::string& name) {
  const Handle space(check(H5Aget_space(attribute.id()), name, "get an attribute's shape"), H5Sclose);
  return static_cast<std::uint64_t>(check(H5Sget_simple_extent_npoints(space.id()), name, "get an attribute's shape"));
}

/// No larger than the file can hold: whoever reads it takes memory for all of it.
void require_plausible_extent(const Dataset& dataset, std::uint64_t file_bytes) {
  // What deflate makes smallest: all zeros.
  constexpr double best_compression = 1100;
  constexpr double slack = 1 << 20U;
  const double bytes = static_cast<double>(dataset.rows()) * static_cast<double>(dataset.row_size()) *
                       static_cast<double>(dataset.element_bytes());
  const bool compressed = H5Dget_offset(dataset.id()) == HADDR_UNDEF;
  const double most = static_cast<double>(file_bytes) * (compressed ? best_compression : 1) + (compressed ? slack : 0);
  if (bytes > most) throw Failure(dataset.name(), "read it", "it has more values than the file has room for");
}

std::string without_padding(const char* text, std::size_t width) { return {text, std::find(text, text + width, '\0')}; }

std::string packed_text(std::span<const std::string> values, std::size_t width) {
  std::string packed;
  packed.reserve(values.size() * width);
  for (const std::string& value : values) packed += fixed_text(value, width);
  return packed;
}

}  // namespace

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, H5I_INVALID_HID);
    close_ = other.close_;
  }
  return *this;
}

void Handle::reset() {
  if (id_ >= 0) close_(id_);
  id_ = H5I_INVALID_HID;
}

Failure::Failure(const std::string& name, const std::string& action, const std::string& reason)
    : ArchiveError(fmt::format("{}: cannot {}: {}. {} What was reported done is safe, and `nxmc verify` shows it.",
                               name, action, reason, remedy_of_words(reason))),
      problem_(fmt::format("{}: cannot {}: {}",
                           name.substr(name.find(": /") == std::string::npos ? 0 : name.find(": /") + 2), action,
                           reason)) {}

void fail(const std::string& name, const std::string& action) { throw Failure(name, action, error_stack()); }

std::string fixed_text(const std::string& text, std::size_t width) {
  std::size_t length = std::min(text.size(), width);
  const auto continues_character = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  if (length < text.size())
    while (length > 0 && continues_character(length)) --length;
  std::string fixed = text.substr(0, length);
  fixed.resize(width, '\0');
  return fixed;
}

Handle access_properties() {
  // At exit HDF5 would close files once more whose closing failed, and crash: everything is closed by its owner
  // instead. The call fails when it is repeated, which does no harm.
  static_cast<void>(H5dont_atexit());
  // HDF5 prints its stack by itself unless told otherwise; users get one message instead.
  check(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "HDF5", "switch off its own messages");
  Handle access = property_list(H5P_FILE_ACCESS);
  // A superblock newer than 1.8's sets a consistency flag that a killed writer leaves behind.
  check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "HDF5", "choose its format");
  check(H5Pset_alignment(access.id(), alignment, alignment), "HDF5", "align datasets");
  check(H5Pset_meta_block_size(access.id(), metadata_block), "HDF5", "gather metadata");
  // The sieve buffer would show a live reader old bytes next to those it asked for.
  check(H5Pset_sieve_buf_size(access.id(), 0), "HDF5", "switch off its sieve buffer");
  // Readers share their lock and writers (MPI-IO) take none; file systems without locks are fine, too.
  check(H5Pset_file_locking(access.id(), true, true), "HDF5", "choose its locking");
  // Objects that are still open at closing are an error here, and not a file that silently stays open.
  check(H5Pset_fclose_degree(access.id(), H5F_CLOSE_SEMI), "HDF5", "choose how files close");
  return access;
}

Dataset::Dataset(Handle handle, std::string name) : handle_(std::move(handle)), name_(std::move(name)) {
  const Handle space(check(H5Dget_space(handle_.id()), name_, "get its shape"), H5Sclose);
  const int rank = check(H5Sget_simple_extent_ndims(space.id()), name_, "get its shape");
  shape_.resize(static_cast<std::size_t>(rank));
  if (rank == 0) return;
  check(H5Sget_simple_extent_dims(space.id(), shape_.data(), nullptr), name_, "get its shape");
  row_size_ = product(std::span(shape_).subspan(1));
}

std::vector<hsize_t> Dataset::shape() const { return shape_; }

Handle Dataset::file_type() const { return {check(H5Dget_type(handle_.id()), name_, "get its type"), H5Tclose}; }

Type Dataset::type() const {
  const Handle type = file_type();
  const std::size_t bytes = H5Tget_size(type.id());
  require_fixed_length(type, name_);
  switch (H5Tget_class(type.id())) {
    case H5T_FLOAT:
      return Type::f64;
    case H5T_STRING:
      return Type::text;
    case H5T_INTEGER:
      break;
    default:
      fail(name_, "use a type that archives do not have");
  }
  const bool is_signed = H5Tget_sign(type.id()) == H5T_SGN_2;
  if (bytes == 8) return is_signed ? Type::i64 : Type::u64;
  if (bytes == 4) return is_signed ? Type::i32 : Type::u32;
  return Type::u8;
}

std::size_t Dataset::text_width() const { return H5Tget_size(file_type().id()); }

FileRange Dataset::range() const {
  const haddr_t offset = H5Dget_offset(handle_.id());
  if (offset == HADDR_UNDEF) return {};
  return {offset, H5Dget_storage_size(handle_.id())};
}

std::string Dataset::text_attribute(const std::string& attribute) const {
  const Handle handle(check(H5Aopen(handle_.id(), attribute.c_str(), H5P_DEFAULT), name_, "open an attribute"),
                      H5Aclose);
  const Handle type(check(H5Aget_type(handle.id()), name_, "get an attribute's type"), H5Tclose);
  require_fixed_length(type, name_);
  if (H5Tget_class(type.id()) != H5T_STRING || count_values(handle, name_) != 1)
    throw Failure(name_, "read an attribute", fmt::format("'{}' is not one text", attribute));
  std::string value(H5Tget_size(type.id()), '\0');
  check(H5Aread(handle.id(), type.id(), value.data()), name_, "read an attribute");
  return without_padding(value.data(), value.size());
}

void Dataset::check_size([[maybe_unused]] std::size_t values, [[maybe_unused]] std::uint64_t rows) const {
  assert(values == rows * row_size_);
}

Handle Dataset::select_rows(std::uint64_t first, std::uint64_t count) const {
  assert(first <= rows() && count <= rows() - first);
  Handle space = dataspace(shape_, name_);
  if (shape_.empty()) return space;
  std::vector<hsize_t> start(shape_.size(), 0);
  std::vector<hsize_t> extent = shape_;
  start[0] = first;
  extent[0] = count;
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr), name_,
        "select rows");
  return space;
}

void Dataset::read_bytes(hid_t type, std::uint64_t first, std::uint64_t count, void* values) const {
  if (count * row_size_ == 0) return;
  const Handle in_file = select_rows(first, count);
  const Handle in_memory = dataspace({count * row_size_}, name_);
  check(H5Dread(handle_.id(), type, in_memory.id(), in_file.id(), H5P_DEFAULT, values), name_, "read it");
}

void Dataset::write_bytes(hid_t type, std::uint64_t first, std::uint64_t count, const void* values) const {
  if (count * row_size_ == 0) return;
  const Handle in_file = select_rows(first, count);
  const Handle in_memory = dataspace({count * row_size_}, name_);
  check(H5Dwrite(handle_.id(), type, in_memory.id(), in_file.id(), H5P_DEFAULT, values), name_, "write it");
}

void Dataset::write_bytes_scattered(hid_t type, std::span<const std::uint64_t> rows, const void* values) const {
  assert(shape_.size() == 1);
  if (rows.empty()) return;
  const Handle in_file = dataspace(shape_, name_);
  const std::vector<hsize_t> places(rows.begin(), rows.end());
  check(H5Sselect_elements(in_file.id(), H5S_SELECT_SET, places.size(), places.data()), name_, "select rows");
  const Handle in_memory = dataspace({rows.size()}, name_);
  check(H5Dwrite(handle_.id(), type, in_memory.id(), in_file.id(), H5P_DEFAULT, values), name_, "write it");
}

std::size_t Dataset::element_bytes() const { return H5Tget_size(file_type().id()); }

FixedTexts Dataset::read_fixed_texts(std::uint64_t first, std::uint64_t count) const {
  const Handle type = file_type();
  require_fixed_length(type, name_);
  const std::size_t width = H5Tget_size(type.id());
  std::string packed(count * row_size_ * width, '\0');
  read_bytes(type.id(), first, count, packed.data());
  return {std::move(packed), width};
}

std::vector<std::string> Dataset::read_text(std::uint64_t first, std::uint64_t count) const {
  const FixedTexts texts = read_fixed_texts(first, count);
  std::vector<std::string> values;
  values.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) values.emplace_back(texts[i]);
  return values;
}

void Dataset::write_text(std::span<const std::string> values) const {
  check_size(values.size(), rows());
  const Handle type = file_type();
  write_bytes(type.id(), 0, rows(), packed_text(values, H5Tget_size(type.id())).data());
}

void Dataset::write_text_scattered(std::span<const std::uint64_t> rows, std::span<const std::string> values) const {
  check_size(values.size(), rows.size());
  const Handle type = file_type();
  write_bytes_scattered(type.id(), rows, packed_text(values, H5Tget_size(type.id())).data());
}

void Dataset::visit_bytes(const std::function<void(std::span<const std::byte>)>& visit) const {
  const Handle type = file_type();
  require_fixed_length(type, name_);
  const std::uint64_t row_bytes = row_size_ * H5Tget_size(type.id());
  const std::uint64_t block = chunks_per_copy * rows_of_chunk(row_bytes, rows());
  std::vector<std::byte> bytes(std::min(block, rows()) * row_bytes);
  for (std::uint64_t first = 0; first < rows(); first += block) {
    const std::uint64_t count = std::min(block, rows() - first);
    read_bytes(type.id(), first, count, bytes.data());
    visit(std::span(bytes).first(count * row_bytes));
  }
}

void Dataset::copy_to(const Dataset& target) const {
  const Handle type = file_type();
  const std::uint64_t row_bytes = row_size_ * H5Tget_size(type.id());
  const std::uint64_t block = chunks_per_copy * rows_of_chunk(row_bytes, rows());
  std::vector<std::byte> bytes(std::min(block, rows()) * row_bytes);
  for (std::uint64_t first = 0; first < rows(); first += block) {
    const std::uint64_t count = std::min(block, rows() - first);
    read_bytes(type.id(), first, count, bytes.data());
    target.write_bytes(type.id(), first, count, bytes.data());
  }
}

void Dataset::become_scale(const std::string& coordinate) const {
  check(H5DSset_scale(handle_.id(), coordinate.c_str()), name_, "make it a coordinate");
}

void Dataset::attach_scale(const Dataset& scale, unsigned dimension) const {
  check(H5DSattach_scale(handle_.id(), scale.handle_.id(), dimension), name_, "attach a coordinate");
}

File File::create(const std::filesystem::path& path, std::uint64_t user_block) {
  const Handle access = access_properties();
  const Handle creation = timeless_properties(H5P_FILE_CREATE);
  check(H5Pset_userblock(creation.id(), user_block), path.string(), "reserve its user block");
  Handle file(check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), path.string(), "create it"),
              H5Fclose);
  return {std::move(file), path.string()};
}

void File::write_attribute(const char* attribute, const std::string& value) const {
  hdf5::write_attribute(handle_.id(), name_, attribute, value);
}
void File::write_attribute(const char* attribute, double value) const {
  write_number(handle_.id(), name_, attribute, memory_type<double>(), &value);
}
void File::write_attribute(const char* attribute, std::int64_t value) const {
  write_number(handle_.id(), name_, attribute, memory_type<std::int64_t>(), &value);
}

File File::open(const std::filesystem::path& path) {
  const Handle access = access_properties();
  File file(Handle(check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), path.string(), "open it"), H5Fclose),
            path.string());
  file.bytes_when_opened_ = file.size();
  return file;
}

File File::open(const std::filesystem::path& path, const Handle& access) {
  Handle file(check(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), path.string(), "open it for writing"), H5Fclose);
  return {std::move(file), path.string()};
}

void File::create_groups_above(const std::string& path) const {
  const Handle properties = timeless_properties(H5P_GROUP_CREATE);
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string group = path.substr(0, end);
    if (has(group)) continue;
    const Handle created(check(H5Gcreate2(handle_.id(), group.c_str(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                               name_ + ": " + group, "create it"),
                         H5Gclose);
  }
}

Dataset File::create_dataset(const Description& d, Storage storage) const {
  create_groups_above(d.path);
  const Handle type = type_in_file(d);
  const Handle space = dataspace(d.shape, d.path);
  const Handle properties = creation_properties(d, storage, H5Tget_size(type.id()));
  const std::string name = name_ + ": " + d.path;
  Handle dataset(
      check(H5Dcreate2(handle_.id(), d.path.c_str(), type.id(), space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
            name, "create it"),
      H5Dclose);
  hdf5::write_attribute(dataset.id(), name, "units", d.unit);
  hdf5::write_attribute(dataset.id(), name, "description", d.description);
  return {std::move(dataset), name};
}

Dataset File::dataset(const std::string& path) const {
  const std::string name = name_ + ": " + path;
  Dataset dataset(Handle(check(H5Dopen2(handle_.id(), path.c_str(), H5P_DEFAULT), name, "open it"), H5Dclose), name);
  if (bytes_when_opened_) require_plausible_extent(dataset, *bytes_when_opened_);
  return dataset;
}

bool File::has(const std::string& path) const {
  if (shown_ && !shown_->contains(path)) return false;
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (check(H5Lexists(handle_.id(), path.substr(0, end).c_str(), H5P_DEFAULT), name_, "look for an object") == 0)
      return false;
    if (end == std::string::npos) return true;
  }
}

namespace {

/// Functions that HDF5 calls must not throw, and could not be left by an exception.
herr_t collect_link(hid_t /*group*/, const char* name, const H5L_info_t* info, void* links) {
  try {
    static_cast<std::vector<Link>*>(links)->push_back({name, info->type == H5L_TYPE_HARD ? Kind::group : Kind::link});
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return 0;
}

herr_t collect_attribute(hid_t /*object*/, const char* name, const H5A_info_t* /*info*/, void* names) {
  try {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return 0;
}

Handle open_object(hid_t file, const std::string& path, const std::string& name) {
  return {check(H5Oopen(file, path.c_str(), H5P_DEFAULT), name, "open it"), H5Oclose};
}

Kind kind_of(const Handle& object) {
  switch (H5Iget_type(object.id())) {
    case H5I_GROUP:
      return Kind::group;
    case H5I_DATASET:
      return Kind::dataset;
    default:
      return Kind::type;
  }
}

Handle open_attribute(const Handle& object, const std::string& attribute, const std::string& name) {
  return {check(H5Aopen(object.id(), attribute.c_str(), H5P_DEFAULT), name, "open an attribute"), H5Aclose};
}

}  // namespace

std::vector<Link> File::links(const std::string& group) const {
  const std::string name = name_ + ": " + group;
  const Handle handle(check(H5Gopen2(handle_.id(), group.c_str(), H5P_DEFAULT), name, "open it"), H5Gclose);
  std::vector<Link> links;
  check(H5Literate(handle.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_link, &links), name, "list it");
  for (Link& link : links)
    if (link.kind != Kind::link) link.kind = kind_of(open_object(handle.id(), link.name, name + "/" + link.name));
  return links;
}

Kind File::kind(const std::string& path) const {
  H5L_info_t info{};
  const std::string name = name_ + ": " + path;
  check(H5Lget_info(handle_.id(), path.c_str(), &info, H5P_DEFAULT), name, "look at it");
  return info.type == H5L_TYPE_HARD ? kind_of(open_object(handle_.id(), path, name)) : Kind::link;
}

std::vector<std::string> File::attributes(const std::string& object) const {
  const std::string name = name_ + ": " + object;
  const Handle handle = open_object(handle_.id(), object, name);
  std::vector<std::string> names;
  check(H5Aiterate2(handle.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_attribute, &names), name,
        "list its attributes");
  return names;
}

bool File::attribute_has_one_value(const std::string& object, const std::string& attribute) const {
  const std::string name = name_ + ": " + object;
  const Handle owner = open_object(handle_.id(), object, name);
  const Handle handle = open_attribute(owner, attribute, name);
  const Handle type(check(H5Aget_type(handle.id()), name, "get an attribute's type"), H5Tclose);
  const bool is_list = H5Tget_class(type.id()) == H5T_VLEN || H5Tget_class(type.id()) == H5T_ARRAY;
  return count_values(handle, name) == 1 && !is_list && H5Tdetect_class(type.id(), H5T_REFERENCE) == 0;
}

void File::copy_attribute(const std::string& object, const std::string& attribute, const File& to) const {
  const std::string name = name_ + ": " + object;
  const Handle owner = open_object(handle_.id(), object, name);
  const Handle from = open_attribute(owner, attribute, name);
  const Handle type(check(H5Aget_type(from.id()), name, "get an attribute's type"), H5Tclose);
  const Handle space(check(H5Aget_space(from.id()), name, "get an attribute's shape"), H5Sclose);
  std::vector<std::byte> values(count_values(from, name) * H5Tget_size(type.id()));
  if (!values.empty()) check(H5Aread(from.id(), type.id(), values.data()), name, "read an attribute");
  const Handle new_owner = open_object(to.handle_.id(), object, to.name_ + ": " + object);
  const Handle copy(
      check(H5Acreate2(new_owner.id(), attribute.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
            to.name_ + ": " + object, "create an attribute"),
      H5Aclose);
  if (values.empty()) return;
  check(H5Awrite(copy.id(), type.id(), values.data()), to.name_ + ": " + object, "write an attribute");
  // Values of varying length were read into memory of HDF5's own.
  if (H5Tdetect_class(type.id(), H5T_VLEN) > 0 || H5Tis_variable_str(type.id()) > 0)
    check(H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, values.data()), name, "give an attribute's memory back");
}

void File::copy_object(const std::string& path, const File& to) const {
  const std::string name = name_ + ": " + path;
  if (kind(path) == Kind::link)
    throw Failure(name, "copy it", "it is a link to another place: remove it, and make it again in the copy");
  to.create_groups_above(path);
  check(H5Ocopy(handle_.id(), path.c_str(), to.handle_.id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT), name, "copy it");
}

std::uint64_t File::size() const {
  hsize_t bytes = 0;
  check(H5Fget_filesize(handle_.id(), &bytes), name_, "get its size");
  return bytes;
}

void File::close() {
  if (handle_) check(H5Fclose(handle_.release()), name_, "close it");
}

}  // namespace nxmc::hdf5
