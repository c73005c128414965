#include "terminal.hpp"

#include <fmt/format.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "output.hpp"

namespace nxmc {
namespace {

bool locale_is_utf8() {
  const locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return false;
  const bool utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
  ::freelocale(locale);
  return utf8;
}

/// Only who is in front may ask for keys: in the background that would stop the program.
bool is_in_front() { return ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp(); }

bool show_cursor() {
  return print_to_stdout([](std::ostream& out) { out << "\033[?25h"; });
}

bool hide_cursor() {
  return print_to_stdout([](std::ostream& out) { out << "\033[?25l"; });
}

std::runtime_error cannot(const char* what) {
  return std::runtime_error(fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

}  // namespace

bool stdout_can_be_redrawn() {
  const char* kind = std::getenv("TERM");
  return stdout_is_terminal() && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

Screen terminal_screen() {
  Screen screen;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    screen.columns = size.ws_col;
    screen.lines = size.ws_row;
  }
  screen.unicode = locale_is_utf8();
  const char* no_colour = std::getenv("NO_COLOR");
  screen.colour = no_colour == nullptr || *no_colour == '\0';
  return screen;
}

UserEvents::UserEvents(Keys keys) : keys_(keys) {
  ::sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT}) ::sigaddset(&signals_, signal);
  if (keys == Keys::read) ::sigaddset(&signals_, SIGTSTP);
  descriptor_ = ::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) throw cannot("wait for signals");
  ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  read_keys_at_once();
}

UserEvents::~UserEvents() {
  restore_keys();
  // What came twice shall not end the program after all.
  for (signalfd_siginfo info{}; ::read(descriptor_, &info, sizeof info) > 0;) {
  }
  ::close(descriptor_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void UserEvents::read_keys_at_once() {
  termios keys{};
  has_keys_ = keys_ == Keys::read && is_in_front();
  if (!has_keys_ || ::tcgetattr(STDIN_FILENO, &keys) != 0) return;
  if (!keys_before_) keys_before_ = keys;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &keys) != 0) has_keys_ = false;
}

void UserEvents::restore_keys() {
  // In the background the terminal is another's by now. One that is gone has nothing to restore.
  if (keys_before_ && is_in_front()) static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &*keys_before_));
}

void UserEvents::stop_until_continued() {
  restore_keys();
  show_cursor();
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  // It takes effect as soon as it is not blocked; without a shell that could continue this program, not at all.
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  come_back();
}

/// The shell has had the terminal meanwhile, and in the background still has it.
void UserEvents::come_back() {
  if (keys_ == Keys::read && is_in_front()) hide_cursor();
  read_keys_at_once();
}

UserEvents::Event UserEvents::wait(std::chrono::duration<double> at_most) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(at_most);
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    constexpr std::int64_t longest = 1'000'000;
    const auto milliseconds = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, longest));
    std::array<pollfd, 3> sources{
        {{descriptor_, POLLIN, 0}, {has_keys_ ? STDIN_FILENO : -1, POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
    const int ready = ::poll(sources.data(), sources.size(), milliseconds);
    if (ready < 0 && errno != EINTR) throw cannot("wait for keys");
    Event event = Event::none;
    if (ready > 0 && (sources[2].revents & (POLLERR | POLLHUP)) != 0) return Event::end;
    if (ready > 0 && sources[0].revents != 0) event = signal_event();
    if (ready > 0 && event == Event::none && sources[1].revents != 0) event = key_event();
    if (event != Event::none || Clock::now() >= end) return event;
  }
}

UserEvents::Event UserEvents::signal_event() {
  Event event = Event::none;
  for (signalfd_siginfo info{}; ::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info);) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal != SIGWINCH && signal != SIGCONT && signal != SIGTSTP) return Event::end;
    event = Event::redraw;
    if (signal == SIGTSTP) stop_until_continued();
    if (signal == SIGCONT) come_back();
  }
  return event;
}

UserEvents::Event UserEvents::key_event() {
  std::array<char, 64> keys{};
  const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
  if (count <= 0) has_keys_ = false;
  const std::string_view pressed(keys.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return pressed.find_first_of("qQ") == std::string_view::npos ? Event::none : Event::end;
}

RedrawnLines::RedrawnLines() { hide_cursor(); }

RedrawnLines::~RedrawnLines() {
  try {
    show_cursor();
  } catch (const std::exception&) {
    // A terminal that is gone has no cursor.
  }
}

bool RedrawnLines::draw(const std::vector<std::string>& lines, std::size_t columns) {
  std::string text;
  if (columns_ != 0 && columns_ != columns)
    text += "\033[2J\033[H";
  else if (drawn_ > 0)
    text += fmt::format("\033[{}A\r", drawn_);
  for (const std::string& line : lines) text += line + "\033[K\n";
  text += "\033[J";
  drawn_ = lines.size();
  columns_ = columns;
  return print_to_stdout([&text](std::ostream& out) { out << text; });
}

}  // namespace nxmc
