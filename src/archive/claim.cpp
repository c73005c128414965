// See claim.hpp.
//
// Who follows a claim is decided by whoever first creates `<claim>.<its nonce>`, the announcement, for which every file
// system has only one winner; the owner that releases its claim has to win it, too. The winner then renames its own
// claim over the old one, so that at no instant the archive seems free. A winner that does not get so far is itself
// followed in the same way: the last of a chain of announcements counts.
#include "nxmc/archive/claim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "claim_text.hpp"
#include "durable_file.hpp"
#include "liveness.hpp"
#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/checkpoints.hpp"
#include "system_errors.hpp"
#include "takeover.hpp"

namespace nxmc {

namespace {

using Clock = std::chrono::steady_clock;
using Path = std::filesystem::path;

constexpr std::chrono::milliseconds between_looks{50};

Path name_of_claim(const Path& archive) { return without_link(archive).string() + ".claim"; }

Path announcement_after(const Path& claim, const Owner& owner) {
  return fmt::format("{}.{}", claim.string(), owner.nonce);
}

/// The claim, and who is to follow it: `last` is the one that counts.
struct Succession {
  Owner head;
  Owner last;
};

std::optional<Succession> read_succession(const Path& claim) {
  std::optional<Owner> head = read_owner(claim);
  if (!head) return {};
  Succession found{*head, *head};
  // Every announcement of a chain is that of a run which ended while it followed another.
  constexpr int longest_chain = 1000;
  for (int i = 0; i < longest_chain; ++i) {
    std::optional<Owner> next = read_owner(announcement_after(claim, found.last));
    if (!next) return found;
    found.last = std::move(*next);
  }
  throw ArchiveError(fmt::format("{}: runs follow each other in a circle. If no run writes, remove {}*.",
                                 claim.string(), claim.string()));
}

void write_durably(const Descriptor& file, const std::string& text) {
  file.write(0, text.data(), text.size());
  file.sync_data();
}

/// A claim under a name that nobody looks at, complete before it gets one that counts.
class Draft {
 public:
  Draft(const Path& claim, std::string text)
      : path_(fmt::format("{}.{}.tmp", claim.string(), new_nonce())), text_(std::move(text)) {
    write_durably(Descriptor(path_, O_WRONLY | O_CREAT | O_EXCL), text_);
  }
  ~Draft() { ::unlink(path_.c_str()); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  /// Gives it a name that is free; false when it is not.
  bool appear_as(const Path& name) const {
    if (::link(path_.c_str(), name.c_str()) == 0 || has_two_names()) return true;
    switch (errno) {
      case EEXIST:
      case ENOENT:  // whoever claimed the archive meanwhile has tidied up
        return false;
      case EPERM:
      case EOPNOTSUPP:
      case ENOSYS:
      case EMLINK:
        return create_without_link(name);
      default:
        throw ArchiveError(
            fmt::format("{}: cannot create it: {}. Choose a directory that you can write to with --archive.",
                        name.string(), words_of_errno(errno)));
    }
  }
  /// Gives it the name of something else; false when it is gone itself.
  bool replace(const Path& name) const {
    if (::rename(path_.c_str(), name.c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    throw ArchiveError(
        fmt::format("{}: cannot replace it: {}. Check permissions there.", name.string(), words_of_errno(errno)));
  }

 private:
  /// A network file system can have lost the answer to a link(2) that succeeded.
  bool has_two_names() const {
    const int error = errno;
    struct stat about {};
    const bool two = ::stat(path_.c_str(), &about) == 0 && about.st_nlink == 2;
    errno = error;
    return two;
  }
  bool create_without_link(const Path& name) const {
    const std::optional<Descriptor> file = Descriptor::create_exclusively(name);
    if (file) write_durably(*file, text_);
    return file.has_value();
  }

  Path path_;
  std::string text_;
};

/// Threads that are made while it lives get no signals: those are for the thread that waits for them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// \param file  what `archive` refers to
void require_writable_directory(const Path& archive, const Path& file) {
  const Path directory = file.has_parent_path() ? file.parent_path() : Path(".");
  if (::access(directory.c_str(), W_OK | X_OK) == 0) return;
  const int error = errno;
  throw ArchiveError(
      fmt::format("{}: {}cannot write in its directory {}: {}. Create it, or choose another place with --archive.",
                  archive.string(), file == archive ? "" : fmt::format("is a link to {}; ", file.string()),
                  directory.string(), words_of_errno(error)));
}

/// The files beside an archive have longer names than it has.
void require_short_name(const Path& archive, const Path& file) {
  constexpr std::size_t longest_tail = std::string_view(".checkpoints.0123456789abcdef.tmp").size();
  const long longest = ::pathconf((file.has_parent_path() ? file.parent_path() : Path(".")).c_str(), _PC_NAME_MAX);
  if (longest < 0 || file.filename().string().size() + longest_tail <= static_cast<std::size_t>(longest)) return;
  throw ArchiveError(
      fmt::format("{}: its name is too long: with those of the files beside it (.claim, .checkpoints) it may have {} "
                  "bytes, and has "
                  "{}. Choose a shorter one with --archive.",
                  archive.string(), static_cast<std::size_t>(longest) - longest_tail, file.filename().string().size()));
}

}  // namespace

struct Claim::Impl {
  Impl(Path archive_name, ClaimOptions claim_options)
      : archive(std::move(archive_name)),
        file(without_link(archive)),
        claim(name_of_claim(archive)),
        options(std::move(claim_options)),
        me(myself()) {
    require_writable_directory(archive, file);
    require_short_name(archive, file);
    CheckpointFile::require_possible(archive);
    me.ranks = options.ranks;
    if (!options.ranks_here.empty()) me.here = options.ranks_here;
  }

  // ------------------------------------------------------------------ becoming the owner

  void acquire() {
    constexpr int most_attempts = 1000;  // nearly a minute, in each instant of which somebody else was quicker
    std::string watched;
    for (int i = 0; i < most_attempts; ++i) {
      const std::optional<Succession> standing = read_succession(claim);
      const bool mine = standing ? follow(*standing, wait_for_end(standing->last, watched)) : claim_free_archive();
      if (mine) return;
      interrupt();
      std::this_thread::sleep_for(between_looks);
    }
    throw ArchiveError(
        fmt::format("{}: cannot be claimed: {} appears and disappears again and again. Look with `nxmc status {}` who "
                    "writes to it; if nobody does, remove {}*.",
                    archive.string(), claim.string(), archive.string(), claim.string()));
  }

  bool claim_free_archive() {
    me.nonce = new_nonce();
    me.owns_files = true;
    const Draft draft(claim, to_text(me));
    return draft.appear_as(claim) && read_owner(claim).value_or(Owner{}).nonce == me.nonce;
  }

  enum class End { dead, presumed, none };

  /// Waits until the owner is known to be dead, or has not moved for so long that it must be presumed (`none` when
  /// there is somebody else by now). Only our own clock counts: those of other hosts may be wrong, and a stopped
  /// process may wake up at any time. \throws ArchiveError as soon as it is seen to live
  End wait_for_end(const Owner& owner, std::string& watched) const {
    const auto start = Clock::now();
    if (owner.left) return End::presumed;
    for (bool late = false;; std::this_thread::sleep_for(between_looks)) {
      switch (look_for(owner, me)) {
        case Life::dead:
          return End::dead;
        case Life::replaced:
          return End::presumed;
        case Life::uncertain:
          break;
      }
      if (watched != owner.nonce) {
        watched = owner.nonce;
        say(fmt::format("{}: claimed by another run ({}); waiting up to {:.0f} s for a sign of it", archive.string(),
                        describe(owner), options.stale_after.count()));
      }
      interrupt();
      // The last look is one after the time is over: this process may have been stopped itself.
      const std::optional<Succession> now = read_succession(claim);
      if (!now || now->last.nonce != owner.nonce) return End::none;
      if (now->last.text != owner.text) refuse(owner);
      if (late) return End::presumed;
      late = Clock::now() - start >= options.stale_after;
    }
  }

  [[noreturn]] void refuse(const Owner& owner) const {
    throw ArchiveError(
        fmt::format("{}: another run writes to it ({}). Wait for it or stop it; `nxmc status {}` shows "
                    "how far it is.",
                    archive.string(), describe(owner), archive.string()));
  }

  /// Takes the place of an owner that has ended; false when somebody else was quicker.
  bool follow(const Succession& standing, End end) {
    if (end == End::none) return false;
    me.nonce = new_nonce();
    me.owns_files = false;
    const Draft draft(claim, to_text(me));
    const Path announcement = announcement_after(claim, standing.last);
    if (!draft.appear_as(announcement)) return false;
    // Somebody who followed the same owner before may have tidied its announcement away.
    const std::optional<Succession> now = read_succession(claim);
    const bool first = now && now->head.nonce == standing.head.nonce && now->last.nonce == me.nonce;
    if (!first || !draft.replace(claim)) {
      ::unlink(announcement.c_str());
      return false;
    }
    const bool certain = end == End::dead && standing.head.nonce == standing.last.nonce;
    must_copy = !certain || !standing.last.owns_files;
    // An owner that comes back between its last look and its own rename has to find that it was followed.
    if (certain)
      ::unlink(announcement.c_str());
    else
      kept_announcement = announcement;
    if (!is_ours()) return false;
    if (standing.last.left)
      say(fmt::format(
          "{}: the last run ({}) left ranks behind that gave no sign of life; going on with copies of its files",
          archive.string(), describe(standing.last)));
    else if (must_copy)
      say(fmt::format("{}: taken over from a run that gives no sign of life ({})", archive.string(),
                      describe(standing.last)));
    return true;
  }

  // ------------------------------------------------------------------ being the owner

  void open_claim() {
    opened.emplace(claim, O_RDWR);
    const std::string text = opened->read_text(longest_claim);
    if (text.find(me.nonce) == std::string::npos) throw ClaimLost(words_of_loss());
    fields = find_changing_fields(text);
  }

  void start_beating() {
    const SignalsBlocked blocked;
    thread = std::jthread([this](const std::stop_token& stop) { beat_until(stop); });
  }

  void beat_until(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    auto last_success = Clock::now();
    while (!wake.wait_for(lock, stop, options.beat_every, [&] { return stop.stop_requested(); })) {
      try {
        write_field(fields.beat, text_of_beat(++me.beat, busy_ranks()));
        check_claim();
        check_name();
        last_success = Clock::now();
      } catch (const ClaimLost& lost) {
        report(lost.what());
        return;
      } catch (const std::exception& error) {
        // A file system may be out of reach for a while; for longer than others wait it would be a risk.
        if (Clock::now() - last_success < options.stale_after) continue;
        report(fmt::format("cannot show any longer that this run lives, and ends: {}", error.what()));
        return;
      }
    }
  }

  std::optional<std::uint64_t> busy_ranks() const {
    const std::int64_t ranks = busy;
    return ranks < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(ranks));
  }

  void write_field(std::uint64_t offset, const std::string& text) const {
    opened->write(offset, text.data(), text.size());
    opened->sync_data();
  }

  bool is_ours() const {
    const std::optional<Succession> now = read_succession(claim);
    return now && now->last.nonce == me.nonce;
  }

  void check_claim() const {
    if (!is_ours()) throw ClaimLost(words_of_loss());
  }

  std::string words_of_loss() const {
    const std::optional<Succession> now = read_succession(claim);
    if (now) return words_of_takeover(describe(now->last));
    if (is_replaced()) return words_of_takeover("and has ended since");
    return fmt::format("{}: the claim of this run, {}, was removed. This run has changed nothing since, and ends.",
                       archive.string(), claim.string());
  }

  std::string words_of_takeover(const std::string& by_whom) const {
    return fmt::format(
        "{}: another run took over when this one gave no sign of life ({}). This run has changed nothing since, and "
        "ends.",
        archive.string(), by_whom);
  }

  /// Whoever takes over from a run that may live replaces its archive, which stays so when the claim is gone again.
  bool is_replaced() const {
    const std::uint64_t expected = guarded;
    const std::optional<std::uint64_t> inode = inode_of(file);
    return expected != 0 && inode && *inode != expected;
  }

  /// A run that is about to learn that it was replaced may exchange names for an instant: one look is not enough.
  void check_name() {
    const std::uint64_t expected = guarded;
    const bool wrong = expected != 0 && inode_of(file) != expected;
    if (wrong && std::exchange(name_was_wrong, true)) throw ClaimLost(wrong_name());
    name_was_wrong = wrong;
  }

  std::string wrong_name() const {
    return fmt::format("{}: the file that this run writes to was removed or replaced. The run ends.", archive.string());
  }

  /// Once: whoever comes second waits for the end that the first one brings about.
  void report(const std::string& message) {
    const std::lock_guard lock(reporting);
    if (!std::exchange(reported, true) && options.on_loss) options.on_loss(message);
  }

  void require_ours() {
    if (is_ours()) return;
    const std::string message = words_of_loss();
    report(message);
    throw ClaimLost(message);
  }

  void own_files() {
    if (must_copy)
      replace_by_copies(
          file, [this] { interrupt(); }, [this] { require_ours(); });
    if (me.owns_files) return;
    write_field(fields.files, text_of_files(true));
    me.owns_files = true;
  }

  /// What is left of runs that were killed.
  void tidy_up() {
    require_ours();
    remove_unfinished_files(file);
    const std::string prefix = claim.filename().string() + ".";
    std::vector<Path> stale;
    for (const auto& entry : std::filesystem::directory_iterator(file.has_parent_path() ? file.parent_path() : ".")) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(prefix)) continue;
      const bool in_use = name == prefix + me.nonce || (kept_announcement && name == kept_announcement->filename());
      if (!in_use && (is_nonce(name.substr(prefix.size())) || UnfinishedFile::is_one(name, claim)))
        stale.push_back(entry.path());
    }
    for (const Path& left : stale) ::unlink(left.c_str());
  }

  // ------------------------------------------------------------------ no longer being the owner

  void stop_beating() {
    thread.request_stop();
    if (thread.joinable()) thread.join();
  }

  // Between winning the announcement and removing the claim this process can only be followed after it has stood still
  // for `stale_after`; a claim that is not ours by then is put back.
  void release() {
    stop_beating();
    if (!is_ours()) return;
    Owner end = me;
    end.nonce = new_nonce();
    const Path announcement = announcement_after(claim, me);
    if (!Draft(claim, to_text(end)).appear_as(announcement)) return;
    if (kept_announcement) ::unlink(kept_announcement->c_str());
    remove_if_same(claim, opened->inode());
    ::unlink(announcement.c_str());
  }

  void leave_to_next_run() {
    stop_beating();
    if (is_ours()) write_field(fields.files, text_of_leaving());
  }

  void say(const std::string& sentence) const {
    if (options.say) options.say(sentence);
  }
  void interrupt() const {
    if (options.interrupt) options.interrupt();
  }

  Path archive;  // as it was given
  Path file;     // what that refers to
  Path claim;
  ClaimOptions options;
  Owner me;
  bool must_copy = false;
  std::optional<Path> kept_announcement;
  std::optional<Descriptor> opened;
  ChangingFields fields;
  std::atomic<std::uint64_t> guarded = 0;
  std::atomic<std::int64_t> busy = -1;  // ranks; below 0: not known
  bool name_was_wrong = false;
  std::mutex reporting;
  bool reported = false;
  std::jthread thread;
};

Claim::Claim(const Path& archive, ClaimOptions options) : impl_(std::make_unique<Impl>(archive, std::move(options))) {
  impl_->acquire();
  impl_->open_claim();
  impl_->start_beating();
  impl_->own_files();
  impl_->tidy_up();
}

Claim::~Claim() {
  if (!impl_ || (impl_->guarded != 0 && impl_->options.ranks > 1)) return;
  try {
    release();
  } catch (const std::exception&) {
    // What is left is the claim of a process that is about to end: the next run recognises it.
  }
}

void Claim::require_ours() { impl_->require_ours(); }

void Claim::guard(std::uint64_t inode) {
  impl_->require_ours();
  if (inode_of(impl_->file) != inode) throw ArchiveError(impl_->wrong_name());
  impl_->guarded = inode;
}

void Claim::stop_guarding() { impl_->guarded = 0; }

void Claim::show_busy(std::optional<std::uint64_t> ranks) {
  impl_->busy = ranks ? static_cast<std::int64_t>(*ranks) : -1;
}

void Claim::leave_to_next_run() {
  impl_->leave_to_next_run();
  impl_.reset();
}

void Claim::release() {
  impl_->release();
  impl_.reset();
}

namespace {

/// As the clock of the file system and that of this host tell; never below 0.
std::optional<double> seconds_since_change(const Path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return {};
  const auto changed = std::chrono::seconds(about.st_mtim.tv_sec) + std::chrono::nanoseconds(about.st_mtim.tv_nsec);
  const std::chrono::duration<double> since = std::chrono::system_clock::now().time_since_epoch() - changed;
  return std::max(0.0, since.count());
}

}  // namespace

std::string name_of(const ClaimOwner& owner) {
  return fmt::format("process {} on {}", owner.process > 0 ? std::to_string(owner.process) : "?",
                     owner.host.empty() ? "an unknown host" : owner.host);
}

std::optional<ClaimOwner> claim_owner(const Path& archive) {
  const Path claim = name_of_claim(archive);
  const std::optional<Succession> standing = read_succession(claim);
  if (!standing) return {};
  const Owner& owner = standing->last;
  const Owner me = myself();
  const bool before_reboot = owner.host == me.host && owner.boot != me.boot;
  return ClaimOwner{.host = owner.host,
                    .process = owner.pid(),
                    .since = owner.since,
                    .ranks = owner.ranks,
                    .busy = owner.busy,
                    .slurm_job = owner.slurm_job,
                    .slurm_restarts = owner.slurm_restarts,
                    .dead = before_reboot || owner.left || look_for(owner, me) == Life::dead,
                    .beat = owner.beat,
                    .quiet = owner.nonce == standing->head.nonce ? seconds_since_change(claim) : std::nullopt};
}

}  // namespace nxmc
