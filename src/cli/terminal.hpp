// A terminal that is redrawn in place, and what its user does meanwhile.
#pragma once

#include <termios.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "status_display.hpp"

namespace nxmc {

/// Standard output is a terminal that understands cursor movements.
bool stdout_can_be_redrawn();

/// As large as the terminal is now; block characters where the locale has them, colour unless NO_COLOR asks for none.
Screen terminal_screen();

/// Signals and keys, waited for instead of sleeping. While it lives the signals that end a program end only the
/// waiting, and while the program is stopped the terminal is as shells expect it.
class UserEvents {
 public:
  enum class Event : std::uint8_t {
    none,    ///< the time is over
    end,     ///< q, Ctrl-C, Ctrl-\\, a signal that asks to end, or nobody reads standard output any more
    redraw,  ///< the terminal has another size, or is back in front
  };
  enum class Keys : std::uint8_t { read, left_to_others };
  explicit UserEvents(Keys keys);
  ~UserEvents();
  UserEvents(const UserEvents&) = delete;
  UserEvents& operator=(const UserEvents&) = delete;

  Event wait(std::chrono::duration<double> at_most);

 private:
  void read_keys_at_once();
  void restore_keys();
  void stop_until_continued();
  void come_back();
  Event signal_event();
  Event key_event();

  sigset_t signals_{};
  sigset_t before_{};
  int descriptor_ = -1;
  Keys keys_;
  bool has_keys_ = false;
  std::optional<termios> keys_before_;
};

/// The cursor is hidden while it lives; what was drawn last stays.
class RedrawnLines {
 public:
  RedrawnLines();
  ~RedrawnLines();
  RedrawnLines(const RedrawnLines&) = delete;
  RedrawnLines& operator=(const RedrawnLines&) = delete;

  /// In place of what was drawn before. \param columns  of the terminal: in another width old lines lie otherwise
  /// \returns false when nobody sees it any more
  bool draw(const std::vector<std::string>& lines, std::size_t columns);

 private:
  std::size_t drawn_ = 0;
  std::size_t columns_ = 0;
};

}  // namespace nxmc
