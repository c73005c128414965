# Writes the header that says which commit is being built. Run at every build: touches the file only when the hash changes.

# `git archive`, which makes the tarballs that packages are built from, fills this in (.gitattributes).
set(archived "$Format:%H$")

# A tree without a .git of its own may lie in somebody else's repository, whose hash would be wrong.
set(hash "unknown")
if(archived MATCHES "^[0-9a-f]+$")
  string(SUBSTRING "${archived}" 0 12 hash)
elseif(EXISTS "${SOURCE_DIR}/.git")
  execute_process(
    COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND described)
    set(hash "${described}")
  endif()
endif()
set(text "// Written by src/cli/git_hash.cmake.\n#pragma once\n\nnamespace nxmc {\ninline constexpr char git_hash[] = \"${hash}\";\n}\n")
if(EXISTS "${HEADER}")
  file(READ "${HEADER}" present)
endif()
if(NOT "${present}" STREQUAL "${text}")
  file(WRITE "${HEADER}" "${text}")
endif()
