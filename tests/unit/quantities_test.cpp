// The columns that archive, query and engines agree on by position.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "nxmc/observe/quantities.hpp"

namespace nxmc {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(std::span<const Quantity> columns) {
  std::vector<std::string> result;
  for (const Quantity& column : columns) result.push_back(column.name);
  return result;
}

TEST(Quantities, EquilibriumColumnsHaveTheirErrorBarBesideThem) {
  EXPECT_THAT(names(equilibrium_columns()),
              ElementsAre("f_U1", "f_U1_err", "f_S1", "f_S1_err", "f_0", "f_0_err", "f_S2", "f_S2_err", "f_U2",
                          "f_U2_err", "f_U", "f_U_err", "f_S", "f_S_err", "f_Cx", "f_Cx_err", "f_Cy", "f_Cy_err",
                          "f_Cz", "f_Cz_err", "f_C", "f_C_err", "f_U_var", "f_U_var_err", "energy", "energy_err",
                          "rms_area", "rms_area_err", "c", "c_err", "c_var", "c_var_err", "acceptance", "tau_int",
                          "exchange_acceptance", "round_trips", "restarts", "coverage"));
}

TEST(Quantities, ExchangeColumnsStartWithTheComposition) {
  EXPECT_THAT(names(exchange_columns()), ElementsAre("c", "f_U1", "f_S1", "f_0", "f_S2", "f_U2", "f_U", "f_S", "f_Cx",
                                                     "f_Cy", "f_Cz", "f_C", "energy", "rms_area"));
  EXPECT_THAT(names(exchange_summary_columns()), ElementsAre("events", "end_time"));
}

TEST(Quantities, SumsAreOfColumnsThatStandBesideThem) {
  int sums = 0;
  for (const auto columns : {equilibrium_columns(), exchange_columns()}) {
    const std::vector<std::string> known = names(columns);
    for (const Quantity& column : columns) {
      sums += column.parts.empty() ? 0 : 1;
      for (const std::string& part : column.parts) EXPECT_THAT(known, testing::Contains(part)) << column.name;
    }
  }
  EXPECT_EQ(sums, 6) << "f_U, f_S and f_C of both methods";
}

TEST(Quantities, EveryColumnSaysItsUnitAndMeaning) {
  for (const auto columns : {equilibrium_columns(), exchange_columns(), exchange_summary_columns()}) {
    for (const Quantity& column : columns) {
      EXPECT_FALSE(column.unit.empty()) << column.name;
      EXPECT_FALSE(column.description.empty()) << column.name;
    }
  }
}

}  // namespace
}  // namespace nxmc
