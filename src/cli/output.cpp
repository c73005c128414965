#include "output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <system_error>
#include <utility>

namespace nxmc {
namespace {

/// A stream buffer that remembers why a write failed; std::ofstream forgets.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) { reset(); }
  int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (!drain()) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override { return drain() ? 0 : -1; }

 private:
  void reset() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

  bool drain() {
    const char* from = pbase();
    while (error_ == 0 && from != pptr()) {
      const ssize_t written = ::write(descriptor_, from, static_cast<std::size_t>(pptr() - from));
      if (written >= 0) {
        from += written;
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
    reset();
    return error_ == 0;
  }

  int descriptor_;
  int error_ = 0;
  std::array<char, 1 << 16> buffer_{};
};

int print_to_descriptor(int descriptor, const Printer& print) {
  DescriptorBuffer buffer(descriptor);
  std::ostream stream(&buffer);
  print(stream);
  stream.flush();
  return buffer.error();
}

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::runtime_error(fmt::format("cannot write {}: {}", what, std::strerror(error)));
}

/// A file that vanishes again unless it gets its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path name)
      : name_(std::move(name)), descriptor_(::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail(name_.string(), errno);
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return descriptor_; }

  void rename_to(const std::filesystem::path& file) {
    if (::fsync(descriptor_) != 0 || ::close(std::exchange(descriptor_, -1)) != 0) fail(file.string(), errno);
    if (::rename(name_.c_str(), file.c_str()) != 0) fail(file.string(), errno);
    name_.clear();
  }

 private:
  std::filesystem::path name_;
  int descriptor_;
};

/// A folder of a name that nothing else has, which vanishes again unless it gets its final one.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& final_name) : name_(final_name.string() + ".XXXXXX") {
    if (::mkdtemp(name_.data()) == nullptr) {
      const int error = errno;
      name_.clear();
      fail(final_name.string(), error);
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!name_.empty()) std::filesystem::remove_all(name_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path path() const { return name_; }

  void rename_to(const std::filesystem::path& folder) {
    constexpr mode_t usual = 0777;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::chmod(name_.c_str(), usual & ~mask) != 0 || ::rename(name_.c_str(), folder.c_str()) != 0)
      fail(folder.string(), errno);
    name_.clear();
  }

 private:
  std::string name_;
};

}  // namespace

bool print_to_stdout(const Printer& print) {
  const int error = print_to_descriptor(STDOUT_FILENO, print);
  if (error != 0 && error != EPIPE) fail("to standard output", error);
  return error == 0;
}

void print_to_new_file(const std::filesystem::path& file, const Printer& print) {
  require_new_file(file);
  TemporaryFile temporary(file.string() + ".tmp");
  if (const int error = print_to_descriptor(temporary.descriptor(), print); error != 0) fail(file.string(), error);
  temporary.rename_to(file);
}

void print_to_new_folder(const std::filesystem::path& folder, const std::map<std::string, Printer>& files) {
  require_new_file(folder);
  TemporaryFolder temporary(folder);
  for (const auto& [name, print] : files) print_to_new_file(temporary.path() / name, print);
  temporary.rename_to(folder);
}

void require_new_file(const std::filesystem::path& file) {
  std::error_code ignored;  // a file that cannot be examined is not there; opening it says why
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
    throw std::runtime_error(fmt::format("{} exists already; remove it or choose another name", file.string()));
  }
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  if (!std::filesystem::is_directory(directory, ignored)) {
    throw std::runtime_error(
        fmt::format("cannot write {}: there is no directory {}", file.string(), directory.string()));
  }
}

std::string ending_of(const std::string& file) {
  std::string ending = std::filesystem::path(file).extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return ending;
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

}  // namespace nxmc
