# Writes the header that says which commit is being built. Run at every build: touches the file only when the hash changes.
execute_process(
  COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT hash)
  set(hash "unknown")
endif()
set(text "// Written by src/cli/git_hash.cmake.\n#pragma once\n\nnamespace nxmc {\ninline constexpr char git_hash[] = \"${hash}\";\n}\n")
if(EXISTS "${HEADER}")
  file(READ "${HEADER}" present)
endif()
if(NOT "${present}" STREQUAL "${text}")
  file(WRITE "${HEADER}" "${text}")
endif()
