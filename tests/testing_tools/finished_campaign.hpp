// A campaign that was run once, and questions to its archive as a user asks them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "campaign_folder.hpp"

namespace nxmc::testing_tools {

class FinishedCampaign {
 public:
  /// Runs it: `name`.yaml to `name`.h5 in a folder of its own.
  FinishedCampaign(const std::string& name, const std::string& text) : folder_(name + ".yaml") {
    folder_.write(text);
    const Outcome outcome = ask({"run", name + ".yaml", "--archive", name + ".h5"});
    if (outcome.exit_code != 0) throw std::runtime_error(outcome.err);
  }
  /// What nxmc prints.
  Outcome ask(const std::vector<std::string>& arguments) const { return folder_.ask(arguments); }
  nlohmann::json rows(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    return folder_.answer(arguments);
  }

  const std::filesystem::path& folder() const { return folder_.directory(); }

 private:
  CampaignFolder folder_;
};

/// Tests that ask the archive of one campaign, which is run once for all of them. \tparam Suite  has `name` and
/// `campaign`
template <class Suite>
class OfFinishedCampaign : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    finished_ = std::make_unique<FinishedCampaign>(Suite::campaign_name, Suite::campaign);
  }
  static void TearDownTestSuite() { finished_.reset(); }
  static Outcome ask(const std::vector<std::string>& arguments) { return finished_->ask(arguments); }
  static nlohmann::json rows(const std::vector<std::string>& arguments) { return finished_->rows(arguments); }
  /// What a command answers about one scan.
  static nlohmann::json rows_of(const std::string& command, const std::string& scan,
                                std::vector<std::string> arguments) {
    const std::string archive = std::string(Suite::campaign_name) + ".h5";
    arguments.insert(arguments.begin(), {command, archive, "--where", "scan == " + scan});
    return rows(arguments);
  }
  static const std::filesystem::path& folder() { return finished_->folder(); }

 private:
  inline static std::unique_ptr<FinishedCampaign> finished_;
};

/// The number of a row with its error `name`_err, which has to be known and below a bound.
inline void expect_within_errors(const nlohmann::json& row, const std::string& name, double exact,
                                 double largest_error) {
  const double error = row.at(name + "_err");
  EXPECT_GT(error, 0) << name;
  EXPECT_LT(error, largest_error) << name;
  EXPECT_NEAR(row.at(name).get<double>(), exact, 4 * error) << name;
}

}  // namespace nxmc::testing_tools
