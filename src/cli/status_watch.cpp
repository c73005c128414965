#include "status_watch.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "nxmc/archive/archive.hpp"
#include "nxmc/archive/clock.hpp"
#include "output.hpp"
#include "status_display.hpp"
#include "status_text.hpp"
#include "status_worth.hpp"
#include "terminal.hpp"

namespace nxmc {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// An archive that may be missing, appear, and be replaced while it is looked at.
class WatchedArchive {
 public:
  explicit WatchedArchive(std::filesystem::path file) : file_(std::move(file)) {}

  /// nullopt while there is none. A single failure can come from a look between two states of the file.
  /// \throws ArchiveError when it cannot be read again and again
  std::optional<Progress> look() {
    constexpr int most_failures = 3;
    try {
      std::optional<Progress> progress = read();
      failures_ = 0;
      return progress;
    } catch (const ArchiveError&) {
      reader_.reset();
      if (++failures_ >= most_failures || !seen_) throw;
      return last_;
    }
  }

 private:
  std::optional<Progress> read() {
    if (reader_ && !reader_->is_current()) reader_.reset();
    if (!reader_ && !archive_exists(file_)) return std::nullopt;
    if (!reader_) reader_.emplace(Archive::open(file_));
    last_ = reader_->read();
    seen_ = true;
    if (last_->runner) note_beat(*last_->runner);
    return last_;
  }

  /// Once it has been seen to beat, only the own clock counts: those of other hosts may be wrong.
  void note_beat(ClaimOwner& runner) {
    const auto now = Clock::now();
    if (known_beat_ && *known_beat_ != runner.beat) beaten_ = now;
    known_beat_ = runner.beat;
    if (beaten_) runner.quiet = std::chrono::duration<double>(now - *beaten_).count();
  }

  std::filesystem::path file_;
  std::optional<ProgressReader> reader_;
  std::optional<Progress> last_;
  bool seen_ = false;
  std::optional<std::uint64_t> known_beat_;
  std::optional<Clock::time_point> beaten_;
  int failures_ = 0;
};

/// Slurm's answers, asked for beside the display: its controller may be slow, and has others to serve.
class SlurmBeside {
 public:
  explicit SlurmBeside(std::filesystem::path archive) : archive_(std::move(archive)) {}

  /// The last answer. \param progress  tells which jobs wrote to the archive
  const std::vector<SlurmJobState>& jobs(const std::optional<Progress>& progress) {
    if (asked_.valid() && asked_.wait_for(0s) == std::future_status::ready) receive(asked_.get());
    if (!asked_.valid() && Clock::now() >= next_) ask(known_slurm_jobs(progress));
    return answer_;
  }
  /// Waits for an answer that is on its way.
  const std::vector<SlurmJobState>& final_jobs() {
    if (asked_.valid()) receive(asked_.get());
    return answer_;
  }

 private:
  static constexpr Clock::duration shortest_pause = 15s;
  static constexpr Clock::duration longest_pause = 10min;

  void ask(std::vector<std::string> known) {
    asked_ = std::async(std::launch::async, [archive = archive_, known = std::move(known)] {
      return slurm_jobs_of(archive, known, patience_with_slurm);
    });
  }
  /// Who does not answer is asked ever less often.
  void receive(SlurmAnswerForArchive answer) {
    pause_ = answer.answered ? shortest_pause : std::min(2 * pause_, longest_pause);
    next_ = Clock::now() + pause_;
    if (answer.answered) answer_ = std::move(answer.jobs);
  }

  std::filesystem::path archive_;
  std::future<SlurmAnswerForArchive> asked_;
  std::vector<SlurmJobState> answer_;
  Clock::duration pause_ = shortest_pause;
  Clock::time_point next_ = Clock::now();
};

/// Where it is shown. False when nobody sees it any more.
class StatusOutput {
 public:
  virtual ~StatusOutput() = default;
  virtual bool show(const CampaignStatus& status) = 0;
};

class Picture : public StatusOutput {
 public:
  bool show(const CampaignStatus& status) override {
    const Screen screen = terminal_screen();
    return lines_.draw(status_picture(with_shown_texts(status), screen), screen.columns);
  }

 private:
  RedrawnLines lines_;
};

/// For logs and programs: a line when something other than rate and time has changed.
class Lines : public StatusOutput {
 public:
  explicit Lines(bool json) : json_(json) {}

  bool show(const CampaignStatus& status) override {
    const std::string now = what_matters(status, json_);
    if (std::exchange(shown_, now) == now) return true;
    const std::string line = json_ ? json_line(status) : text_line(status);
    return print_to_stdout([&line](std::ostream& out) { out << line << '\n'; });
  }

 private:
  static std::string what_matters(CampaignStatus status, bool json) {
    if (!json) {  // lines do not tell it
      status.points.clear();
      status.judged.clear();
    }
    if (status.progress) {
      status.progress->pace.reset();
      status.progress->seconds_left.reset();
      ClaimOwner* runner = status.progress->runner ? &*status.progress->runner : nullptr;
      if (runner != nullptr && runner->quiet) runner->quiet = runner->gives_no_sign_of_life() ? stale_claim.count() : 0;
    }
    return status_as_json(status).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  static std::string json_line(const CampaignStatus& status) {
    nlohmann::ordered_json document{{"time", seconds_since_1970()}};
    document.update(status_as_json(status));
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  static std::string text_line(const CampaignStatus& status) {
    return fmt::format("{}  {}", readable_time(seconds_since_1970()), status_in_one_line(status));
  }

  bool json_;
  std::string shown_;
};

std::unique_ptr<StatusOutput> suitable_output(bool redrawn, bool json) {
  if (redrawn) return std::make_unique<Picture>();
  return std::make_unique<Lines>(json);
}

/// A run that has just done its last job is about to say so, and one that begins to repeat failed jobs has not yet
/// reset them: neither is over at the first look.
class EndOfCampaign {
 public:
  bool reached(const CampaignStatus& status) {
    constexpr int enough_looks = 5;
    looks_ = status.is_done() ? looks_ + 1 : 0;
    return looks_ > 0 && (!status.progress->is_active() || looks_ >= enough_looks);
  }

 private:
  int looks_ = 0;
};

void require_directory_of(const std::filesystem::path& archive) {
  const std::filesystem::path directory = archive.has_parent_path() ? archive.parent_path() : ".";
  if (!std::filesystem::is_directory(directory))
    throw std::runtime_error(fmt::format("{}: there is no directory {}", archive.string(), directory.string()));
}

}  // namespace

ExitCode watch_status(const StatusArguments& arguments, std::chrono::duration<double> every) {
  require_directory_of(arguments.archive);
  WatchedArchive archive(arguments.archive);
  CampaignStatus status{.archive = arguments.archive, .progress = archive.look(), .slurm = {}};
  WatchedWorth worth(arguments.archive);
  SlurmBeside slurm(arguments.archive);
  const bool redrawn = !arguments.json && stdout_can_be_redrawn();
  UserEvents events(redrawn ? UserEvents::Keys::read : UserEvents::Keys::left_to_others);
  EndOfCampaign end;
  const std::unique_ptr<StatusOutput> output = suitable_output(redrawn, arguments.json);
  while (true) {
    const bool is_over = end.reached(status);
    worth.tell(status, is_over);
    status.slurm = is_over ? slurm.final_jobs() : slurm.jobs(status.progress);
    if (!output->show(status) || is_over) return ExitCode::done;
    if (events.wait(every) == UserEvents::Event::end) return ExitCode::done;
    status.progress = archive.look();
  }
}

}  // namespace nxmc
