/* words: all that pages say, once in each language. {1} to {4} are places for what page_say is given. */
#pragma once

/* X(ID, ja, en) */
/* clang-format off */
#define PAGE_WORDS(X) \
    X(SITE, "いま話題", "Trends") \
    X(SKIP, "本文へ", "Skip to content") \
    X(ABOUT, "このページについて", "About") \
    X(MORE, "このサイト", "This site") \
    X(LIST_TITLE, "話題のタグ", "What people talk about") \
    X(LIST_LEAD, "{2}現在、直近{1}に投稿されたタグ", "Tags of the last {1}, as of {2}") \
    X(LIST_EMPTY, "この期間に投稿はありません。", "There are no posts in this time.") \
    X(TAG_LEAD, "{2}までの{1}", "The {1} until {2}") \
    X(MORE_FIGURES, "ほかの数字", "More figures") \
    X(RANK_ALL, "{1}位", "No. {1}") \
    X(RANK, "順位", "Rank") \
    X(POSTS, "ポスト", "posts") \
    X(POST_ONE, "ポスト", "post") \
    X(AUTHORS, "人が投稿", "authors") \
    X(AUTHOR_ONE, "人が投稿", "author") \
    X(REPOSTS, "リポスト", "reposts") \
    X(REPOST_ONE, "リポスト", "repost") \
    X(QUOTES, "引用", "quotes") \
    X(REPLIES, "返信", "replies") \
    X(LIKES, "いいね", "likes") \
    X(BOOKMARKS, "ブックマーク", "bookmarks") \
    X(VIEWS, "表示", "views") \
    X(RP, "RP", "reposts") \
    X(UNKNOWN, "不明", "unknown") \
    X(POSITIVE, "ポジティブ", "positive") \
    X(NEUTRAL, "中立", "neutral") \
    X(NEGATIVE, "ネガティブ", "negative") \
    X(SENTIMENT, "感情", "Sentiment") \
    X(SENTIMENT_NONE, "感情は不明", "sentiment unknown") \
    X(BURST, "急上昇", "Burst") \
    X(BURST_INPUTS, "直近1時間に{1}人。1時間あたりの平均は、その前の24時間で{2}人、過去7日間の同じ時間帯で{3}人", \
      "{1} authors in the last hour; the mean is {2} an hour over the 24 hours before, {3} at this hour of the last 7 days") \
    X(BURST_SHORT, "1時間に{1}人、ふだん{2}人", "{1} in the last hour, usually {2}") \
    X(BURST_FEW, "1時間に{1}人（5人未満は判定なし）", "{1} in the last hour; no score under 5") \
    X(VOICE, "全ポストの{1}", "{1} of all posts") \
    X(SEGMENT, "投稿者層", "Who posts") \
    X(SEGMENT_MAIN, "最多は{1} {2}（判明した{3}件中）", "Largest group: {1}, {2} of the {3} posts with a known segment") \
    X(SEGMENT_SHORT, "最多は{1} {2}", "largest group {1}, {2}") \
    X(SEGMENT_BASE, "年代・性別が判明した{1}件（全{2}件中）の内訳", "Of the {1} posts (of {2}) with a known segment") \
    X(SEGMENT_UNKNOWN, "投稿者層は不明", "segment unknown") \
    X(SEGMENT_COLUMN, "年代／性別", "Segment") \
    X(SHARE, "割合", "Share") \
    X(COURSE, "推移", "Course") \
    X(COURSE_VOLUME, "{1}ごとのポスト数", "Posts each {1}") \
    X(COURSE_MOST, "最多 {1}件（{2}〜）", "at most {1}, from {2}") \
    X(COURSE_SHARES, "{1}ごとの感情の割合", "Sentiment each {1}, as shares") \
    X(COURSE_ALT, "{1}ごとのポスト数の棒グラフ。最多は{3}の{2}件。", "Bar chart of posts each {1}; the most are {2}, from {3}.") \
    X(COURSE_NONE, "この期間に投稿はありません", "no posts in this time") \
    X(SHARES_ALT, "感情の割合：ポジティブ{1}、中立{2}、ネガティブ{3}、不明{4}", \
      "Sentiment: positive {1}, neutral {2}, negative {3}, unknown {4}") \
    X(SHARES_COURSE_ALT, "{1}ごとの感情の割合の帯グラフ。数値は下の表にあります。", \
      "Bars of the shares of sentiment each {1}; the table below has the figures.") \
    X(TABLE, "数値の表", "The figures as a table") \
    X(FROM, "開始", "From") \
    X(AS_OF, "時点", "As of") \
    X(POPULAR, "人気のポスト", "Popular posts") \
    X(NOTE_COUNTS, "※表示されているRP数などは、各ポストに示した時点のものです", "Counts hold as of the time given with each post.") \
    X(POSTS_NONE, "この条件に合うポストはありません。", "No post fits.") \
    X(SORT, "並び順", "Order") \
    X(SORT_REPOSTS, "リポスト", "reposts") \
    X(SORT_LIKES, "いいね", "likes") \
    X(SORT_VIEWS, "表示", "views") \
    X(SORT_PER_HOUR, "勢い", "reactions an hour") \
    X(SORT_NEWEST, "新着", "newest") \
    X(SORT_POSTS, "ポスト数", "posts") \
    X(SORT_BURST, "急上昇", "burst") \
    X(SORT_AUTHORS, "投稿者数", "authors") \
    X(WINDOW, "期間", "Window") \
    X(TIME, "時刻", "Time") \
    X(DAY_EARLIER, "1日前", "a day earlier") \
    X(HOUR_EARLIER, "1時間前", "an hour earlier") \
    X(HOUR_LATER, "1時間後", "an hour later") \
    X(DAY_LATER, "1日後", "a day later") \
    X(NOW, "最新", "newest") \
    X(FILTER, "絞り込み", "Only") \
    X(FILTER_OFF, "{1}を解除", "remove {1}") \
    X(NEXT, "次のページ", "Next page") \
    X(AUTHOR_UNKNOWN, "投稿者は不明", "author unknown") \
    X(CREATED_UNKNOWN, "投稿時刻は不明", "time unknown") \
    X(TEXT_UNKNOWN, "本文は不明です。", "The text is unknown.") \
    X(TEXT_CUT, "長いため、ここまでを表示しています。", "The text is long; it is shown up to here.") \
    X(SEEN_AT, "{1}時点", "as of {1}") \
    X(OPEN, "{1}で見る", "Open on {1}") \
    X(HISTORY, "数の推移", "Counts over time") \
    X(HIDE, "非表示を依頼", "Ask to hide") \
    X(POST_SPAN, "{1}〜{2}。各グラフの縦軸は0から始まり、目盛りはグラフごとに異なります", \
      "From {1} to {2}. Each chart begins at 0 and has its own scale.") \
    X(POST_TITLE, "ポストの反応の推移", "A post and its counts over time") \
    X(POST_BY, "{1}のポスト", "A post by {1}") \
    X(POST_COUNTS, "{1}時点の数", "Counts as of {1}") \
    X(POST_CHART, "{1}の推移。{2}の{3}から{4}へ", "Course of {1}: from {3}, {2}, to {4}") \
    X(POST_NEVER, "反応の数はまだ観測されていません。", "No counts were observed so far.") \
    X(POST_THINNED, "観測{1}回のうち{2}回を表示しています。", "{2} of {1} observations are shown.") \
    X(TAGS, "タグ", "Tags") \
    X(LANGUAGES, "言語", "Languages") \
    X(JAPANESE, "日本語", "Japanese") \
    X(ENGLISH, "英語", "English") \
    X(KOREAN, "韓国語", "Korean") \
    X(CHINESE, "中国語", "Chinese") \
    X(OTHERS, "その他・不明", "others, unknown") \
    X(RELATED_SAYS, "このタグのポストのうち、そのタグも付いたものの割合", "Part of the tag’s posts that have that tag too") \
    X(RELATED, "いっしょに語られるタグ", "Related tags") \
    X(DATA, "データ", "Data") \
    X(COURSE_CSV, "推移のCSV", "Course as CSV") \
    X(HIDE_CONTACT, "ポストの非表示のご依頼", "Have a post hidden") \
    X(API_CONTACT, "データの利用・API", "Use of the data, API") \
    X(TIMES_ARE, "時刻は{1}", "Times are {1}") \
    X(MINUTES, "{1}分", "{1} minutes") \
    X(HOUR, "1時間", "hour") \
    X(ONE_HOUR, "1時間", "1 hour") \
    X(HOURS, "{1}時間", "{1} hours") \
    X(DAYS, "{1}日間", "{1} days") \
    X(NOT_FOUND, "見つかりません", "Not found") \
    X(NOT_FOUND_SAYS, "このページはないか、ポストが非表示になっています。", "There is no such page, or the post was hidden.") \
    X(BAD_QUESTION, "条件を読み取れません", "The question cannot be read") \
    X(FAILED, "いま表示できません", "It cannot be shown now") \
    X(BACK, "話題のタグへ", "To the list") \
    X(ABOUT_TITLE, "このページについて", "About these pages") \
    X(ABOUT_FIGURES, "数字の意味", "What the figures mean") \
    X(ABOUT_POSTS, "時刻tの期間wのポストは、投稿・返信・引用のうち時刻が(t−w, t]のものです。リポストは別に数え、割合には含めません。" \
      "投稿時刻が不明なポストは、最初に観測された時刻で数えます。", \
      "Posts of a window are posts, replies and quotes whose time is in (at − window, at]. Reposts are counted beside them and are in no " \
      "share. A post whose time is unknown counts at the time when it was first seen.") \
    X(ABOUT_COUNTS, "RP・いいねなどは、表示時刻までの最後の観測の値です。不明は0ではなく、不明と表示します。", \
      "Reposts, likes and other counts are those of the last observation up to the time shown. Unknown is not 0: it is said.") \
    X(ABOUT_SHARES, "感情はポジティブ・中立・ネガティブ・不明の割合で、合計は100.0％です（最大剰余法）。文の書き方から辞書で判定し、皮肉や文脈は分かりません。", \
      "Sentiment is shared out among positive, neutral, negative and unknown, 100.0 % in all (largest remainder). It is scored by word " \
      "lists from how a text is written; irony and context are not understood.") \
    X(ABOUT_SEGMENTS, "投稿者層は、元データに年代・性別があるポストだけの割合です。推定はしません。", \
      "Segments are shares of the posts whose source states age and gender. Nothing is guessed.") \
    X(ABOUT_AUTHORS, "投稿者数は重複を除いた人数です。投稿者が不明なポストは人数に含めません。", \
      "Authors are distinct; posts without a known author are counted apart.") \
    X(ABOUT_BURST, "急上昇は(x−μ)/√(μ+1)です。xは直近{1}時間の投稿者数、μは「直近{2}時間の1時間平均」と「過去{3}日間の同じ1時間の平均」の大きいほう。" \
      "{4}人未満では判定しません。", \
      "Burst is (x − μ)/√(μ + 1): x the authors of the last {1} hour, μ the larger of the hourly mean of the {2} hours before it and the mean " \
      "of the same hour of the last {3} days. Under {4} authors there is none.") \
    X(ABOUT_VOICE, "全ポストに占める割合は、そのタグのポスト数÷同じ期間の全ポスト数です。", \
      "The share of all posts is the posts of the tag divided by all posts of the same time.") \
    X(ABOUT_HIDE, "ポストを非表示にするには", "How to have a post hidden") \
    X(ABOUT_HIDE_SAYS, "非表示になったポストは、本文・タグ・数のすべてが保存先から消え、過去の時刻のページにも出ません。そのリポストも同じです。", \
      "A hidden post is gone with its text, tags and counts, from the store and from pages of any time; so are its reposts.") \
    X(ABOUT_HIDE_ASK, "依頼には、ポストのURLを添えてください。", "Please name the address of the post.") \
    X(ABOUT_HIDE_NONE, "この設置では依頼先が設定されていません。元のSNSで削除されたポストは、その知らせが届けば消えます。", \
      "No contact is configured here. A post that is deleted on its network is gone once the network says so.") \
    X(ABOUT_KEPT, "保存するもの", "What is kept") \
    X(ABOUT_KEPT_SAYS, "ポストの本文、投稿者のID、タグ、観測された数を{1}保存し、その後は削除します。このページは記録も追跡もしません（Cookieもスクリプトもありません）。", \
      "Texts, authors’ ids, tags and observed counts are kept for {1} and deleted after that. These pages set no cookie, run no script and track nobody.") \
    X(ABOUT_UNKNOWN, "分からないこと", "What is unknown") \
    X(ABOUT_UNKNOWN_SAYS, "集められたポストがすべてのポストではありません。集め方のかたよりは数字にそのまま表れます。" \
      "観測されていない数、年代・性別、言語は「不明」とし、推測で埋めません。", \
      "The posts that were collected are not all posts, and how they were collected shows in every figure. " \
      "Counts, segments and languages that nobody stated are unknown, never filled in.")
/* clang-format on */

#define PAGE_WORD_INDEX(id, ja, en) WORD_##id,
enum page_word { PAGE_WORDS(PAGE_WORD_INDEX) PAGE_WORD_COUNT };
