// Files that people write, from their bytes.
#include "nxmc/yaml/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <system_error>

#include "nxmc/yaml/problems.hpp"

namespace nxmc {
namespace {

[[noreturn]] void refuse_file(const std::string& file, const std::string& reason) {
  throw FileProblems(file, {Problem{{}, "", reason}});
}

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

/// Everything that a pipe or file gives, up to one byte more than it may have.
std::string read_all(const std::filesystem::path& path, const std::function<void()>& interrupt) {
  const OpenFile file(path);
  std::string text(largest_text_file + 1, '\0');
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

}  // namespace

std::string too_large_message(std::string_view kind) {
  return fmt::format("larger than 1 MiB: that is no {} file, and it was not read", kind);
}

std::string read_text_file(const std::filesystem::path& file, std::string_view kind,
                           const std::function<void()>& interrupt) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) refuse_file(file, "no such file");
  if (std::filesystem::is_directory(status)) refuse_file(file, fmt::format("a directory, not a {} file", kind));
  if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(file, error) > largest_text_file)
    refuse_file(file, too_large_message(kind));
  std::string text = read_all(file, interrupt);
  if (text.size() > largest_text_file) refuse_file(file, too_large_message(kind));
  return text;
}

}  // namespace nxmc
