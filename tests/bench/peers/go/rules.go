package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/coregx/ahocorasick"
)

// The rules file of the benchmark: YAML that is JSON too. Of the terms it knows what the benchmark
// makes: literals, word:, #hashtag and {term, except}, in any and none.
type rulesFile struct {
	Aliases    map[string][]string
	Engagement engagement
	Tags       json.RawMessage
}

type engagement struct {
	Weights map[string]float64
	MinAge  string `json:"min_age"`
	Tiers   map[string]any
}

type tagFile struct {
	Any, None []json.RawMessage
	Implies   []string
}

type tag struct {
	name    string
	parents []int
}

// use is what one literal is to one tag.
type use struct {
	tag     int
	whole   bool // word:
	against bool // stands in none
	excepts []int
}

type tier struct {
	name    string
	atLeast float64
}

type rules struct {
	tags     []tag
	literals [][]byte
	numbers  map[string]int // of the literals
	uses     [][]use        // by literal
	hashtags map[string][]use
	find     *ahocorasick.Automaton
	aliases  map[string][]string
	weights  [len(countNames)]float64
	minAgeMS int64
	tiers    []tier // the greatest first
}

func loadRules(path string) *rules {
	var file rulesFile
	readJSON(path, &file)
	r := &rules{numbers: map[string]int{}, hashtags: map[string][]use{}, aliases: file.Aliases}
	r.readTags(file.Tags)
	r.readEngagement(&file.Engagement)
	var err error
	r.find, err = ahocorasick.NewBuilder().AddPatterns(r.literals).Build()
	check(err)
	return r
}

// Tags stand in the file's order, which a Go map forgets.
func (r *rules) readTags(text json.RawMessage) {
	var implies [][]string
	numbers := map[string]int{}
	in := json.NewDecoder(bytes.NewReader(text))
	_, err := in.Token()
	check(err)
	for in.More() {
		name, err := in.Token()
		check(err)
		var file tagFile
		check(in.Decode(&file))
		number := len(r.tags)
		numbers[name.(string)] = number
		r.tags = append(r.tags, tag{name: name.(string)})
		implies = append(implies, file.Implies)
		r.readTerms(file.Any, use{tag: number})
		r.readTerms(file.None, use{tag: number, against: true})
	}
	for i, names := range implies {
		for _, name := range names {
			r.tags[i].parents = append(r.tags[i].parents, numbers[name])
		}
	}
}

func (r *rules) readTerms(terms []json.RawMessage, use use) {
	for _, text := range terms {
		var term string
		if json.Unmarshal(text, &term) == nil {
			r.addTerm(term, use)
			continue
		}
		var long struct {
			Term   string
			Except []string
		}
		check(json.Unmarshal(text, &long))
		with := use
		for _, except := range long.Except {
			with.excepts = append(with.excepts, r.numbersOf(except)...)
		}
		r.addTerm(long.Term, with)
	}
}

func (r *rules) addTerm(term string, with use) {
	if name, found := strings.CutPrefix(term, "#"); found {
		for _, twin := range r.twins(name) {
			r.hashtags[twin] = append(r.hashtags[twin], with)
		}
		return
	}
	term, with.whole = strings.CutPrefix(term, "word:")
	for _, number := range r.numbersOf(term) {
		r.uses[number] = append(r.uses[number], with)
	}
}

func (r *rules) twins(literal string) []string {
	literal = string(fold(nil, []byte(literal)))
	twins := []string{literal}
	for name, others := range r.aliases {
		for _, other := range others {
			if name, other := string(fold(nil, []byte(name))), string(fold(nil, []byte(other))); strings.Contains(literal, name) {
				twins = append(twins, strings.ReplaceAll(literal, name, other))
			}
		}
	}
	return twins
}

func (r *rules) numbersOf(literal string) []int {
	var numbers []int
	for _, twin := range r.twins(literal) {
		number, known := r.numbers[twin]
		if !known {
			number = len(r.literals)
			r.numbers[twin] = number
			r.literals = append(r.literals, []byte(twin))
			r.uses = append(r.uses, nil)
		}
		numbers = append(numbers, number)
	}
	return numbers
}

func (r *rules) readEngagement(file *engagement) {
	for i, name := range countNames {
		r.weights[i] = file.Weights[name]
	}
	age, err := time.ParseDuration(file.MinAge)
	check(err)
	r.minAgeMS = age.Milliseconds()
	if by := file.Tiers["by"]; by != "total" {
		check(fmt.Errorf("tiers by %v: only total is known", by))
	}
	for name, least := range file.Tiers {
		if atLeast, is := least.(float64); is {
			r.tiers = append(r.tiers, tier{name, atLeast})
		}
	}
	sort.Slice(r.tiers, func(i, j int) bool { return r.tiers[i].atLeast > r.tiers[j].atLeast })
}
