// A program in a terminal of its own, as its user sees it and types into it.
#pragma once

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "program.hpp"

namespace nxmc::testing_tools {

class ProgramInTerminal {
 public:
  ProgramInTerminal(const std::vector<std::string>& arguments, const Environment& environment,
                    const std::filesystem::path& directory, unsigned short columns, unsigned short lines) {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = lines;
    const pid_t test = ::getpid();
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ < 0) throw std::runtime_error("forkpty failed");
    if (pid_ == 0) {
      end_with(test);
      become(arguments, environment, directory);
    }
  }
  ~ProgramInTerminal() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(terminal_);
  }
  ProgramInTerminal(const ProgramInTerminal&) = delete;
  ProgramInTerminal& operator=(const ProgramInTerminal&) = delete;

  /// Until the text was written after the last one that was awaited; false when it does not come.
  bool await(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
      const auto found = output_.find(text, awaited_);
      if (found != std::string::npos) {
        awaited_ = found + text.size();
        return true;
      }
      if (!read_more() || std::chrono::steady_clock::now() > deadline) return false;
    }
  }
  void type(const std::string& keys) const {
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
      throw std::runtime_error("cannot type");
  }
  void resize(unsigned short columns, unsigned short lines) const {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = lines;
    if (::ioctl(terminal_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("cannot resize");
  }
  /// Whether the terminal collects lines and shows what is typed, as shells expect it.
  bool is_as_usual() const {
    termios keys{};
    return ::tcgetattr(terminal_, &keys) == 0 && (keys.c_lflag & ICANON) != 0 && (keys.c_lflag & ECHO) != 0;
  }
  /// The exit code, 128 + signal after a signal, -1 when the program does not end.
  int wait() {
    while (read_more()) {
    }
    int status = 0;
    if (!becomes_so([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void send(int signal) const { ::kill(pid_, signal); }
  const std::string& output() const { return output_; }

 private:
  [[noreturn]] static void become(const std::vector<std::string>& arguments, const Environment& environment,
                                  const std::filesystem::path& directory) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (::chdir(directory.c_str()) != 0) ::_exit(126);
    std::vector<char*> raw;
    for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    ::execvp(raw.front(), raw.data());
    ::_exit(127);
  }

  /// False when the program has ended, or says nothing any more.
  bool read_more() {
    pollfd source{terminal_, POLLIN, 0};
    if (::poll(&source, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0) return false;
    char piece[4096];
    const ssize_t count = ::read(terminal_, piece, sizeof piece);
    if (count <= 0) return false;
    output_.append(piece, static_cast<std::size_t>(count));
    return true;
  }

  int terminal_ = -1;
  pid_t pid_ = -1;
  std::string output_;
  std::size_t awaited_ = 0;
};

}  // namespace nxmc::testing_tools
