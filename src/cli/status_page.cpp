#include "status_page.hpp"

#include <algorithm>
#include <optional>

#include "nxmc/archive/archive.hpp"
#include "nxmc/query/progress.hpp"
#include "page.hpp"
#include "terminal.hpp"

namespace nxmc {
namespace {

/// A campaign whose run is over, complete or not, changes no more.
bool goes_on(const Progress& progress) { return progress.unfinished() > 0 || progress.is_active(); }

/// False when the user wants no more. While a page is written, signals are its own.
bool wait_for_next_look(std::chrono::duration<double> pause) {
  using Clock = std::chrono::steady_clock;
  UserEvents events(UserEvents::Keys::left_to_others);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(pause);
  for (auto now = Clock::now(); now < end; now = Clock::now())
    if (events.wait(end - now) == UserEvents::Event::end) return false;
  return true;
}

enum class Renewal { done, to_be_continued, missing, failed };

/// \returns `missing` also where a watched archive goes away, or another takes its place, while the page is written.
Renewal renew(const StatusArguments& arguments, std::chrono::duration<double> every, const GlobalOptions& global) {
  const auto is_missing = [&] { return arguments.watch && !archive_exists(arguments.archive); };
  if (is_missing()) return Renewal::missing;
  try {
    ProgressReader reader(open_archive(arguments.archive, global));
    const bool is_last = !arguments.watch || !goes_on(reader.read());
    const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(every), std::chrono::seconds(1));
    if (!write_page({arguments.archive}, arguments.page, is_last ? std::nullopt : std::optional(seconds)))
      return arguments.watch && !reader.is_current() ? Renewal::missing : Renewal::failed;
    return is_last ? Renewal::done : Renewal::to_be_continued;
  } catch (const ArchiveError&) {
    if (!is_missing()) throw;
    return Renewal::missing;
  }
}

}  // namespace

ExitCode write_status_page(const StatusArguments& arguments, std::chrono::duration<double> every,
                           const GlobalOptions& global) {
  require_page_name(arguments.page);
  while (true) {
    const Renewal renewal = renew(arguments, every, global);
    if (renewal == Renewal::failed) return ExitCode::error;
    if (renewal == Renewal::done || !wait_for_next_look(every)) return ExitCode::done;
  }
}

}  // namespace nxmc
