// A GlusterFS volume that exists as long as the object: host n3 has its only brick, n1 and n2 have it mounted at the
// same place, each with a client process and caches of its own. All of its daemons and mounts live in namespaces of
// these hosts, and end with them whatever happens to the test; a daemon of this machine is not touched.
#pragma once

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "hosts/hosts.hpp"
#include "program.hpp"

namespace nxmc::testing_tools {

/// Why there can be no volume here; empty when there can.
inline std::string why_no_volume() {
  if (::access("/dev/fuse", R_OK | W_OK) != 0) return "GlusterFS needs /dev/fuse, which cannot be used here";
  for (const char* program : {"glusterd", "gluster", "mount.glusterfs"})
    if (run_program({"sh", "-c", std::string("PATH=$PATH:/usr/sbin:/sbin; command -v ") + program}).exit_code != 0)
      return std::string(program) + " is not installed: tools/install-dependencies --full installs it";
  return {};
}

class Volume {
 public:
  /// \param hosts      n1, n2 and n3
  /// \param directory  an empty one, for the brick and the place to mount
  Volume(const Hosts& hosts, const std::filesystem::path& directory) : hosts_(hosts), place_(directory / "volume") {
    std::filesystem::create_directory(place_);
    const std::filesystem::path brick = directory / "brick";
    std::filesystem::create_directory(brick);
    for (const char* host : {"n1", "n2", "n3"}) hide_what_others_have(host);
    must("n3", {"glusterd"});
    if (!becomes_so([&] { return on("n3", {"gluster", "--mode=script", "volume", "list"}).exit_code == 0; }))
      throw std::runtime_error("glusterd does not answer");
    gluster({"create", "v", "n3:" + brick.string(), "force"});
    gluster({"set", "v", "network.ping-timeout", "5"});
    start();
    for (const char* host : {"n1", "n2"}) must(host, {"mount", "-t", "glusterfs", "n3:/v", place_.string()});
  }
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  /// Where it is mounted on n1 and n2; empty to this process.
  const std::filesystem::path& place() const { return place_; }
  /// For this process: with the eyes, client and caches of a host.
  std::filesystem::path seen_from(const std::string& host) const { return hosts_.seen_from(host, place_); }

  /// Storage fails …
  void stop() const { gluster({"stop", "v", "force"}); }
  /// … and comes back.
  void start() const { gluster({"start", "v"}); }
  bool answers_on(const std::string& host) const { return on(host, {"ls", place_.string()}).exit_code == 0; }

 private:
  Outcome on(const std::string& host, const std::vector<std::string>& program) const {
    return run_program(hosts_.on(host, program));
  }
  void must(const std::string& host, const std::vector<std::string>& program) const {
    const Outcome outcome = on(host, program);
    if (outcome.exit_code != 0)
      throw std::runtime_error(program.front() + " on " + host + ": " + outcome.out + outcome.err);
  }
  void gluster(std::vector<std::string> words) const {
    words.insert(words.begin(), {"gluster", "--mode=script", "volume"});
    must("n3", words);
  }
  /// State and logs of GlusterFS have fixed places, of which each host gets its own.
  void hide_what_others_have(const std::string& host) const {
    must(host, {"sh", "-c",
                "mount -t tmpfs tmpfs /var/lib/glusterd && mount -t tmpfs tmpfs /var/log && mkdir /var/log/glusterfs"});
  }

  const Hosts& hosts_;
  std::filesystem::path place_;
};

}  // namespace nxmc::testing_tools
