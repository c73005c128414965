// Several hosts that exist as long as the object, made of namespaces of this machine.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "processes.hpp"
#include "program.hpp"

namespace nxmc::testing_tools {

/// Hosts n1, n2, … Should the test crash, they end all the same: they live until the pipe that this object holds is
/// closed.
class Hosts {
 public:
  explicit Hosts(int hosts) {
    start(hosts);
    std::istringstream words(answer());
    std::string word;
    words >> word;
    std::getline(words >> std::ws, word == "ready" ? directory_ : why_unavailable_);
    if (word != "ready" && word != "unavailable") throw std::runtime_error("throwaway-hosts ended: see its messages");
  }
  ~Hosts() {
    ::close(to_hosts_);
    while (!answer().empty()) {
    }
  }
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;

  bool available() const { return why_unavailable_.empty(); }
  const std::string& why_unavailable() const { return why_unavailable_; }

  /// The words that run a program there.
  std::vector<std::string> on(const std::string& host, const std::vector<std::string>& program) const {
    std::vector<std::string> words{directory_ + "/on", host};
    words.insert(words.end(), program.begin(), program.end());
    return words;
  }
  /// A path as the host has it, for this process: with the mounts of that host.
  std::filesystem::path seen_from(const std::string& host, const std::filesystem::path& path) const {
    std::string first = read_file(directory_ + "/run/first." + host);
    first.erase(first.find_last_not_of('\n') + 1);
    return "/proc/" + first + "/root" + path.string();
  }
  /// mpirun on a host. \param slots  "n1:2,n2:2"
  std::vector<std::string> under_mpirun(const std::string& host, const std::string& slots,
                                        const std::vector<std::string>& program) const {
    std::vector<std::string> words{"mpirun", "-q", "--bind-to", "none", "--host", slots};
    words.insert(words.end(), program.begin(), program.end());
    return on(host, words);
  }
  /// The same with one rank on each of these hosts, in this order: mpirun would begin with its own.
  std::vector<std::string> one_rank_each(const std::string& host, const std::vector<std::string>& ranks,
                                         const std::vector<std::string>& program) const {
    std::vector<std::string> words{"mpirun", "-q", "--bind-to", "none"};
    for (const std::string& rank : ranks) {
      if (rank != ranks.front()) words.emplace_back(":");
      words.insert(words.end(), {"-n", "1", "--host", rank});
      words.insert(words.end(), program.begin(), program.end());
    }
    return on(host, words);
  }

  /// As by a power cut.
  void crash(const std::string& host) const { command("crash " + host); }
  /// Everything on it stands still …
  void hang(const std::string& host) const { command("hang " + host); }
  /// … and goes on.
  void wake(const std::string& host) const { command("wake " + host); }
  /// Its cable is pulled …
  void cut(const std::string& host) const { command("cut " + host); }
  /// … and plugged in again.
  void mend(const std::string& host) const { command("mend " + host); }
  /// After a crash.
  void boot(const std::string& host) const { command("boot " + host); }

 private:
  void start(int hosts) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    const std::string count = std::to_string(hosts);
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork failed");
    if (pid == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      // Away from this process, so that whoever ends that with all its children leaves the hosts to clean up.
      ::execlp("setsid", "setsid", "--fork", NXMC_THROWAWAY_HOSTS, count.c_str(), nullptr);
      ::_exit(127);
    }
    ::waitpid(pid, nullptr, 0);
    ::close(in[0]);
    ::close(out[1]);
    to_hosts_ = in[1];
    from_hosts_.reset(::fdopen(out[0], "r"));
  }

  std::string answer() const {
    std::string line;
    for (int c = 0; (c = std::fgetc(from_hosts_.get())) != EOF && c != '\n';) line += static_cast<char>(c);
    return line;
  }

  void command(const std::string& text) const {
    const std::string line = text + "\n";
    if (::write(to_hosts_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || answer() != "done")
      throw std::runtime_error("the hosts cannot: " + text);
  }

  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  int to_hosts_ = -1;
  std::unique_ptr<std::FILE, CloseFile> from_hosts_;
  std::string directory_;
  std::string why_unavailable_;
};

/// Descendants of a program that are called so.
inline std::vector<pid_t> descendants_called(const RunningProgram& program, const std::string& name) {
  std::vector<pid_t> found = descendants_of(program.pid());
  std::erase_if(found,
                [&](pid_t process) { return read_file("/proc/" + std::to_string(process) + "/comm") != name + "\n"; });
  return found;
}

}  // namespace nxmc::testing_tools
