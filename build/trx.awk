# Reads a .trx file of vstest: the failed and the skipped tests go to standard error, "PASSED FAILED SKIPPED" to standard output.
# In XML that .NET writes, > closes a tag and stands nowhere else, so a record is some text and the tag after it.
BEGIN { RS = ">"; passed = failed = skipped = 0 }

function unescape(s) {
  gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&apos;/, "'", s)
  gsub(/&#x[dD];/, "", s); gsub(/&#x[aA];/, "\n", s); gsub(/&amp;/, "\\&", s)
  return s
}
function attribute(name,    start, rest) {
  start = index($0, " " name "=\"")
  if (!start) return ""
  rest = substr($0, start + length(name) + 3)
  return unescape(substr(rest, 1, index(rest, "\"") - 1))
}
function shown(text) {
  gsub(/\n/, "\n      ", text)
  return text
}

/<UnitTestResult / {
  outcome = attribute("outcome")
  if (outcome == "Passed") passed++
  else if (outcome == "NotExecuted") { skipped++; printf "    skipped %s\n", attribute("testName") > "/dev/stderr" }
  else { failed++; printf "    FAILED %s\n", attribute("testName") > "/dev/stderr" }
  # Only what stands inside this failed result is its message.
  open = outcome != "Passed" && outcome != "NotExecuted" && $0 !~ /\/$/
}
open && /<\/Message$/ { sub(/<\/Message$/, ""); printf "      %s\n", shown(unescape($0)) > "/dev/stderr" }
open && /<\/StackTrace$/ { sub(/<\/StackTrace$/, ""); sub(/\n.*/, ""); printf "      %s\n", unescape($0) > "/dev/stderr" }
/<\/UnitTestResult$/ { open = 0 }

END { print passed, failed, skipped }
