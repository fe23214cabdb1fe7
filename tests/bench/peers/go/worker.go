package main

import (
	"bytes"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/valyala/fastjson"
)

var countNames = [...]string{"reposts", "quotes", "replies", "likes", "bookmarks", "views"}

const (
	reposts = iota
	quotes
	views   = 5
	unknown = math.MinInt64
)

// outgoing is used again once its record is acknowledged.
type outgoing struct {
	record kgo.Record
	key    []byte
	value  []byte
	done   func(*kgo.Record, error)
}

type worker struct {
	rules    *rules
	topic    string
	parser   fastjson.Parser
	pool     sync.Pool
	folded   []byte
	tagText  []byte
	entities entities
	hits     []int8 // by tag: 1 found, -1 found something of its none
	implied  []bool
	counts   [len(countNames)]int64
}

func newWorker(rules *rules, settings *settings) *worker {
	w := &worker{rules: rules, topic: settings.Input}
	w.hits = make([]int8, len(rules.tags))
	w.implied = make([]bool, len(rules.tags))
	w.pool.New = func() any {
		out := &outgoing{}
		out.done = func(_ *kgo.Record, err error) {
			check(err)
			w.pool.Put(out)
		}
		return out
	}
	return w
}

func (w *worker) event(record *kgo.Record) *outgoing {
	post, err := w.parser.ParseBytes(record.Value)
	check(err)
	out := w.pool.Get().(*outgoing)
	id := post.GetStringBytes("id")
	out.key = append(out.key[:0], id...)
	out.value = w.write(out.value[:0], post, id, record)
	out.record = kgo.Record{Key: out.key, Value: out.value, Headers: record.Headers, Timestamp: record.Timestamp}
	return out
}

// --- tags ---

func (w *worker) findTags(text []byte) {
	w.folded = fold(w.folded, text)
	clear(w.hits)
	clear(w.implied)
	matches := w.rules.find.FindAllOverlapping(w.folded)
	for _, match := range matches {
		for i := range w.rules.uses[match.PatternID] {
			use := &w.rules.uses[match.PatternID][i]
			if stands(w.folded, match.Start, match.End, use.whole) && !w.isCovered(use, match.Start, match.End) {
				w.hit(use)
			}
		}
	}
	for _, written := range w.entities.hashtags {
		w.tagText = fold(w.tagText, written)
		for i := range w.rules.hashtags[string(w.tagText)] {
			w.hit(&w.rules.hashtags[string(w.tagText)][i])
		}
	}
	for i, hit := range w.hits {
		if hit > 0 {
			w.imply(i)
		}
	}
}

func (w *worker) hit(use *use) {
	if use.against {
		w.hits[use.tag] = -1
	} else if w.hits[use.tag] == 0 {
		w.hits[use.tag] = 1
	}
}

func (w *worker) imply(tag int) {
	for _, parent := range w.rules.tags[tag].parents {
		if !w.implied[parent] {
			w.implied[parent] = true
			w.imply(parent)
		}
	}
}

// An except covers a hit where the longer literal stands around it. Few terms have one.
func (w *worker) isCovered(use *use, start, end int) bool {
	for _, number := range use.excepts {
		except := w.rules.literals[number]
		for from := max(0, end-len(except)); from <= start; from++ {
			if bytes.HasPrefix(w.folded[from:], except) && stands(w.folded, from, from+len(except), false) {
				return true
			}
		}
	}
	return false
}

// --- writing ---

func appendString(out, text []byte) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i, c := range text {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		out = append(out, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(out, text[start:]...), '"')
}

func appendName(out []byte, name string) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	out = append(out, '"')
	out = append(out, name...)
	return append(out, '"', ':')
}

func appendText(out []byte, name string, text []byte) []byte {
	if len(text) == 0 {
		return out
	}
	return appendString(appendName(out, name), text)
}

func appendInt(out []byte, name string, number int64) []byte {
	if number == unknown {
		return out
	}
	return strconv.AppendInt(appendName(out, name), number, 10)
}

// Four places, rounded half to even, without trailing zeros.
func appendRatio(out []byte, name string, numerator, divisor float64) []byte {
	if divisor <= 0 {
		return out
	}
	return appendDecimal(appendName(out, name), int64(math.RoundToEven(numerator*10000/divisor)))
}

func appendDecimal(out []byte, scaled int64) []byte {
	out = strconv.AppendInt(out, scaled/10000, 10)
	rest := scaled % 10000
	if rest == 0 {
		return out
	}
	out = append(out, '.')
	for unit := int64(1000); rest > 0; unit /= 10 {
		out = append(out, byte('0'+rest/unit))
		rest %= unit
	}
	return out
}

func timeOf(text []byte) int64 {
	if len(text) == 0 {
		return unknown
	}
	at, err := time.Parse(time.RFC3339, string(text))
	check(err)
	return at.UnixMilli()
}

func countOf(value *fastjson.Value) int64 {
	if value == nil {
		return unknown
	}
	count, err := value.Int64()
	check(err)
	return count
}

func kindOf(post *fastjson.Value) string {
	switch {
	case post.Exists("repost_of"):
		return "repost"
	case post.Exists("quote_of"):
		return "quote"
	case post.Exists("in_reply_to"):
		return "reply"
	}
	return "post"
}

func (w *worker) write(out []byte, post *fastjson.Value, id []byte, record *kgo.Record) []byte {
	metrics, author := post.Get("metrics"), post.Get("author")
	for i, name := range countNames {
		w.counts[i] = countOf(metrics.Get(name))
	}
	text := post.GetStringBytes("text")
	asOf, created := timeOf(post.GetStringBytes("observed_at")), timeOf(post.GetStringBytes("created_at"))
	followers := countOf(author.Get("followers"))
	w.entities.find(text)
	w.findTags(text)

	out = appendText(append(out, `{"v":1`...), "id", id)
	out = append(appendName(out, "facts"), '{')
	out = w.writeFacts(out, post, author, id, asOf, created, followers)
	out = append(out, `},"enrichment":{`...)
	out = w.writeTags(out)
	out = append(appendName(out, "entities"), '{')
	out = appendTexts(out, "hashtags", w.entities.hashtags)
	out = appendTexts(out, "mentions", w.entities.mentions)
	out = appendTexts(out, "urls", w.entities.urls)
	out = append(out, '}')
	out = w.writeEngagement(out, post.Exists("repost_of"), asOf, created, followers)
	out = append(append(out, `},"post":`...), record.Value...)
	out = append(appendText(append(out, `,"source":{`...), "topic", []byte(record.Topic)), `,"partition":`...)
	out = strconv.AppendInt(out, int64(record.Partition), 10)
	out = appendInt(out, "offset", record.Offset)
	out = appendInt(out, "timestamp", record.Timestamp.UnixMilli())
	return append(out, '}', '}')
}

func (w *worker) writeFacts(out []byte, post, author *fastjson.Value, id []byte, asOf, created, followers int64) []byte {
	subject := post.GetStringBytes("repost_of")
	if len(subject) == 0 {
		subject = id
	}
	out = appendText(out, "kind", []byte(kindOf(post)))
	out = appendText(out, "subject", subject)
	out = appendInt(out, "as_of", asOf)
	out = appendInt(out, "created", created)
	out = appendText(out, "lang", post.GetStringBytes("lang"))
	out = appendText(out, "author", author.GetStringBytes("id"))
	out = appendText(out, "handle", author.GetStringBytes("handle"))
	out = appendInt(out, "followers", followers)
	out = appendSegment(out, author.GetStringBytes("age_band"), author.GetStringBytes("gender"))
	for _, name := range [...]string{"url", "in_reply_to", "repost_of", "quote_of", "replaces"} {
		out = appendText(out, name, post.GetStringBytes(name))
	}
	for i, name := range countNames {
		out = appendInt(out, name, w.counts[i])
	}
	return out
}

func appendSegment(out, age, gender []byte) []byte {
	if len(age) == 0 && len(gender) == 0 {
		return out
	}
	if len(age) == 0 {
		age = []byte("?")
	}
	if len(gender) == 0 {
		gender = []byte("?")
	}
	out = append(append(appendName(out, "segment"), '"'), age...)
	return append(append(append(out, '/'), gender...), '"')
}

func appendTexts(out []byte, name string, texts [][]byte) []byte {
	out = append(appendName(out, name), '[')
	for i, text := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, text)
	}
	return append(out, ']')
}

// In the order of the rules, parents last.
func (w *worker) writeTags(out []byte) []byte {
	out = append(appendName(out, "tags"), '[')
	for _, parents := range [...]bool{false, true} {
		for i := range w.rules.tags {
			if w.implied[i] == parents && (parents || w.hits[i] > 0) {
				if out[len(out)-1] != '[' {
					out = append(out, ',')
				}
				out = appendString(out, []byte(w.rules.tags[i].name))
			}
		}
	}
	return append(out, ']')
}

func (w *worker) writeEngagement(out []byte, isRepost bool, asOf, created, followers int64) []byte {
	var total int64
	out = append(appendName(out, "engagement"), '{')
	known := 0
	for _, count := range w.counts[:views] {
		if count != unknown {
			total += count
			known++
		}
	}
	if known > 0 {
		out = appendInt(out, "total", total)
		out = append(appendName(out, "of"), '[')
		for i, count := range w.counts[:views] {
			if count == unknown {
				continue
			}
			if out[len(out)-1] != '[' {
				out = append(out, ',')
			}
			out = append(append(append(out, '"'), countNames[i]...), '"')
		}
		out = append(out, ']')
	}
	out = w.writeScore(out)
	if known > 0 && w.counts[views] != unknown {
		out = appendRatio(out, "rate_views", float64(total), float64(w.counts[views]))
	}
	if known > 0 && !isRepost {
		out = w.writeRates(out, total, asOf, created, followers)
	}
	for _, tier := range w.rules.tiers {
		if known > 0 && float64(total) >= tier.atLeast {
			out = appendText(out, "tier", []byte(tier.name))
			break
		}
	}
	return append(out, '}')
}

func (w *worker) writeScore(out []byte) []byte {
	score := 0.0
	for i, weight := range w.rules.weights {
		if weight != 0 && w.counts[i] == unknown {
			return out
		}
		if weight != 0 {
			score += weight * float64(w.counts[i])
		}
	}
	return appendRatio(out, "score", score, 1)
}

func (w *worker) writeRates(out []byte, total, asOf, created, followers int64) []byte {
	if followers != unknown {
		out = appendRatio(out, "rate_followers", float64(total), float64(followers))
	}
	if followers != unknown && w.counts[reposts] != unknown && w.counts[quotes] != unknown {
		out = appendRatio(out, "amplification", float64(w.counts[reposts]+w.counts[quotes]), float64(followers))
	}
	if asOf != unknown && created != unknown {
		out = appendRatio(out, "per_hour", float64(total)*3600000, float64(max(asOf-created, w.rules.minAgeMS)))
	}
	return out
}
