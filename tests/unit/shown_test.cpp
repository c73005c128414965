// Text of others, as terminals get it.
#include "nxmc/yaml/shown.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nxmc {
namespace {

using namespace std::string_literals;

TEST(ShownText, IsLeftAsItIsWhereItIsOrdinary) {
  for (const char* text : {"", "run/x.h5", "K = 3.5 µε, größer", "層", "\xF0\x9F\x94\xAC", R"(a\b 'c' "d")"})
    EXPECT_EQ(shown(text), text);
}

TEST(ShownText, HasItsControlCharactersEscaped) {
  EXPECT_EQ(shown("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(shown("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(shown("\0\x7f"s), "\\x00\\x7f");
  EXPECT_EQ(shown("\xC2\x9B"
                  "31m"),
            "\\u009b31m");
  EXPECT_EQ(shown("\u202eg5h\u202c"), "\\u202eg5h\\u202c");
  EXPECT_EQ(shown("\u2066\u2069"), "\\u2066\\u2069");
}

TEST(ShownText, HasBytesEscapedThatAreNoCharacters) {
  EXPECT_EQ(shown("a\xFFz"), "a\\xffz");
  EXPECT_EQ(shown("\x9B"), "\\x9b") << "C1 in one byte, which some terminals obey";
  EXPECT_EQ(shown("\xE2\x82"), "\\xe2\\x82") << "cut off";
  EXPECT_EQ(shown("\xC0\x9B"), "\\xc0\\x9b") << "longer than it has to be";
  EXPECT_EQ(shown("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "half of a pair";
}

TEST(ShownText, NeverHoldsAControlCharacterWhateverItWas) {
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) {
      const std::string text = shown(std::string{static_cast<char>(a), static_cast<char>(b)});
      for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20U && c != '\x7f');
      ASSERT_EQ(text.find("\xC2\x9B"), std::string::npos);
    }
}

}  // namespace
}  // namespace nxmc
