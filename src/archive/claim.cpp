// See claim.hpp. The claim is written under another name and linked into place, so that it is complete when it appears.
#include "nxmc/archive/claim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "durable_file.hpp"
#include "nxmc/archive/archive.hpp"

namespace nxmc {

namespace {

struct Owner {
  std::string host;
  std::string boot;  ///< changes when the host starts anew
  long pid = 0;
  std::string started;  ///< of the process, in clock ticks since boot: a pid can be given away again
};

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Field 22 of /proc/<pid>/stat, counted after the name in parentheses, which may contain anything. Empty without such
/// a process, and for one that has ended but whose parent has not asked for its exit code: in containers nobody may
/// ever.
std::string start_of_process(long pid) {
  const std::string stat = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(stat.substr(name_end + 1));
  char state = 'X';
  fields >> state;
  if (state == 'Z' || state == 'X') return {};
  constexpr int fields_before = 18;
  std::string field;
  for (int i = 0; i <= fields_before; ++i) fields >> field;
  return field;
}

Owner myself() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'?'};
  const long pid = ::getpid();
  return {.host = host.data(),
          .boot = first_line("/proc/sys/kernel/random/boot_id"),
          .pid = pid,
          .started = start_of_process(pid)};
}

std::string to_text(const Owner& owner) {
  return fmt::format("host {}\nboot {}\npid {}\nstarted {}\n", owner.host, owner.boot, owner.pid, owner.started);
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

Owner parse_owner(const std::string& text) {
  Owner owner;
  std::istringstream in(text);
  std::string word;
  in >> word >> owner.host >> word >> owner.boot >> word >> owner.pid >> word >> owner.started;
  return owner;
}

bool is_dead(const Owner& owner, const Owner& me) {
  if (owner.host != me.host) return false;
  return owner.boot != me.boot || start_of_process(owner.pid) != owner.started;
}

[[noreturn]] void refuse(const std::filesystem::path& archive, const std::filesystem::path& claim, const Owner& owner) {
  if (owner.pid == 0)
    throw ArchiveError(fmt::format("{}: somebody writes to it, says {}, but not who. If no run does, remove that file.",
                                   archive.string(), claim.string()));
  throw ArchiveError(
      fmt::format("{}: another run writes to it (process {} on {}). Wait for it or stop it; if it is gone, remove {}.",
                  archive.string(), owner.pid, owner.host, claim.string()));
}

/// Moves the claim of a dead process away. Whoever else does so at the same time finds nothing to move, or moves a new
/// claim, which it puts back.
void remove_dead_claim(const std::filesystem::path& claim, const std::string& text) {
  const std::filesystem::path aside = fmt::format("{}.dead.{}", claim.string(), ::getpid());
  if (::rename(claim.c_str(), aside.c_str()) != 0) return;
  if (read_text(aside) == text || ::link(aside.c_str(), claim.c_str()) == 0 || errno == EEXIST) ::unlink(aside.c_str());
}

void require_writable_directory(const std::filesystem::path& archive) {
  const std::filesystem::path directory =
      archive.has_parent_path() ? archive.parent_path() : std::filesystem::path(".");
  if (::access(directory.c_str(), W_OK | X_OK) == 0) return;
  throw ArchiveError(
      fmt::format("{}: cannot write in its directory {}: {}. Create it, or choose another place with --archive.",
                  archive.string(), directory.string(), words_of_errno(errno)));
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  file.write(0, text.data(), text.size());
  file.sync_data();
}

}  // namespace

Claim::Claim(const std::filesystem::path& archive) : file_(archive.string() + ".claim") {
  require_writable_directory(archive);
  const Owner me = myself();
  owner_ = to_text(me);
  const UnfinishedFile draft(fmt::format("{}.{}", file_.string(), me.pid));
  write_text(draft.path(), owner_);
  constexpr int attempts = 10;
  for (int i = 0; i < attempts; ++i) {
    if (::link(draft.path().c_str(), file_.c_str()) == 0) return;
    if (errno != EEXIST)
      throw ArchiveError(
          fmt::format("{}: cannot claim it for writing: {}. Choose a directory that you can write to with --archive.",
                      archive.string(), words_of_errno(errno)));
    const std::string text = read_text(file_);
    const Owner owner = parse_owner(text);
    if (!text.empty() && !is_dead(owner, me)) refuse(archive, file_, owner);
    remove_dead_claim(file_, text);
  }
  refuse(archive, file_, parse_owner(read_text(file_)));
}

Claim::~Claim() {
  if (read_text(file_) == owner_) ::unlink(file_.c_str());
}

std::optional<ClaimOwner> claim_owner(const std::filesystem::path& archive) {
  const std::string file = archive.string() + ".claim";
  struct stat properties {};
  if (::stat(file.c_str(), &properties) != 0) return {};
  const Owner owner = parse_owner(read_text(file));
  if (owner.pid == 0 || is_dead(owner, myself())) return {};
  return ClaimOwner{owner.host, owner.pid, static_cast<double>(properties.st_mtime)};
}

}  // namespace nxmc
