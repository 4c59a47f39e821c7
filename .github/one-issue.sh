#!/usr/bin/env bash
# 一件事只有一个议题：坏了就开（或重新打开）它，换上新的报告；好了就关掉它。
# 用法：one-issue.sh 标签 标题 报告 broken|fine；要 GH_TOKEN、GH_REPO 与 RUN_URL
set -euo pipefail
label=$1 title=$2 report=$3 state=$4
body=$(mktemp)
# GitHub 的议题最长 65536 个字符；按字节截，留够余地
{ head -c 60000 "$report" | iconv -c -f utf-8 -t utf-8; printf '\n[这次运行](%s)，%s。\n' "$RUN_URL" "$(date -u +%F)"; } > "$body"
found=$(gh issue list --label "$label" --state all --limit 1 --json number,state --jq '.[] | "\(.number) \(.state)"')
read -r number open <<< "$found"
case $state in
  broken)
    if [ -z "$number" ]; then
      gh label create "$label" --force --description "$title"
      gh issue create --title "$title" --label "$label" --body-file "$body"
    else
      [ "$open" = OPEN ] || gh issue reopen "$number"
      gh issue edit "$number" --title "$title" --body-file "$body"
    fi ;;
  fine)
    if [ "$open" = OPEN ]; then
      gh issue edit "$number" --body-file "$body"
      gh issue close "$number" --reason completed --comment "全部通过了：$RUN_URL"
    fi ;;
  *) echo "第四个参数是 broken 或 fine，不是 “$state”" >&2; exit 2 ;;
esac
