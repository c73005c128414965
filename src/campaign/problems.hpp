// Collects everything that is wrong with a campaign file, so that all of it is reported at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nxmc/campaign/campaign.hpp"

namespace nxmc {

class Problems {
 public:
  void add(Place place, std::string path, std::string message);
  std::size_t count() const { return problems_.size(); }
  bool empty() const { return problems_.empty(); }
  /// In the order of the file, each once: a wrong default is met again in every scan.
  std::vector<Problem> sorted() const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace nxmc
