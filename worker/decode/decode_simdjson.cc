/* The one door to simdjson: its DOM, copied in one pass, since it dies at the next parse. */
extern "C" {
#include "worker/decode/decode_simdjson.h"
}

#include <simdjson.h>

namespace dom = simdjson::dom;

namespace
{

enum : size_t {
    MEMBERS_MAX = 128,    /* of one object: names are compared with each other */
    COUNT_MAX = 0xFFFFFF, /* at which the DOM stops counting */
    BLOCK = 16,
    KEPT_BYTES = 256 * 1024, /* a parser that had to read more is not kept: it has grown twentyfold */
};

struct reader {
    struct arena *mem;
    char *strings; /* where the next one goes */
    unsigned depth;
};

bool convert(reader &reader, dom::element from, unsigned level, struct value &out);

/* By blocks, up to one byte less than a block behind the end: both places have the padding for it. */
struct span keep(reader &reader, std::string_view text)
{
    struct span kept = {reader.strings, text.size()};

    for (size_t at = 0; at < text.size(); at += BLOCK)
        memcpy(reader.strings + at, text.data() + at, BLOCK);
    reader.strings += text.size();
    return kept;
}

template <typename T> T *take(const reader &reader, size_t len)
{
    return static_cast<T *>(arena_take(reader.mem, len * sizeof(T)));
}

bool convert_list(reader &reader, dom::array from, unsigned level, struct value &out)
{
    size_t len = from.size();

    if (len >= COUNT_MAX)
        return false;
    struct value *item = take<struct value>(reader, len);
    out.type = VALUE_LIST;
    out.len = static_cast<uint32_t>(len);
    out.items = item;
    for (dom::element element : from)
        if (!convert(reader, element, level, *item++))
            return false;
    return true;
}

/* The member of this name among those before the end; the end if there is none. */
struct member *member_named(struct member *member, const struct member *end, struct span name)
{
    while (member != end && !span_equal(member->name, name))
        member++;
    return member;
}

/* Of duplicate names the first keeps its place and the last its value. */
bool convert_object(reader &reader, dom::object from, unsigned level, struct value &out)
{
    size_t len = from.size();

    if (len > MEMBERS_MAX)
        return false;
    struct member *members = take<struct member>(reader, len), *end = members;
    uint64_t seen = 0;
    for (dom::key_value_pair field : from) {
        struct span name = {field.key.data(), field.key.size()};
        uint64_t bit = json_name_bit(name);
        struct member *member = seen & bit ? member_named(members, end, name) : end;

        seen |= bit;
        if (member == end) {
            if (memchr(name.at, 0, name.len))
                return false; /* json_read takes none in names */
            end++->name = keep(reader, field.key);
        }
        if (!convert(reader, field.value, level, member->value))
            return false;
    }
    out.type = VALUE_OBJECT;
    out.len = static_cast<uint32_t>(end - members);
    out.members = members;
    out.names = seen;
    return true;
}

bool convert(reader &reader, dom::element from, unsigned level, struct value &out)
{
    out.len = 0;
    switch (from.type()) {
    case dom::element_type::OBJECT:
        return level < reader.depth && convert_object(reader, from.get_object().value_unsafe(), level + 1, out);
    case dom::element_type::ARRAY:
        return level < reader.depth && convert_list(reader, from.get_array().value_unsafe(), level + 1, out);
    case dom::element_type::STRING:
        out.type = VALUE_STRING;
        out.string = keep(reader, from.get_string().value_unsafe());
        return true;
    case dom::element_type::INT64:
        out.type = VALUE_INT;
        out.integer = from.get_int64().value_unsafe();
        return true;
    case dom::element_type::DOUBLE:
        out.type = VALUE_REAL;
        out.real = from.get_double().value_unsafe();
        return true;
    case dom::element_type::BOOL:
        out.type = VALUE_BOOL;
        out.truth = from.get_bool().value_unsafe();
        return true;
    case dom::element_type::NULL_VALUE: out.type = VALUE_NULL; return true;
    case dom::element_type::UINT64: break; /* from 2^63 on it is out of range */
    }
    return false;
}

/* Reads from a copy that may be read behind its end; once it is read, the strings take its place: each
 * is shorter than it was with its quotes. */
bool read(dom::parser &parser, struct span bytes, unsigned depth, struct arena *mem, struct value *out)
{
    char *copy = static_cast<char *>(arena_take(mem, bytes.len + simdjson::SIMDJSON_PADDING));
    reader reader = {mem, copy, depth};
    struct value value;
    dom::element root;

    memcpy(copy, bytes.at, bytes.len);
    memset(copy + bytes.len, 0, simdjson::SIMDJSON_PADDING);
    if (parser.parse(copy, bytes.len, false).get(root) || !convert(reader, root, 0, value))
        return false;
    *out = value;
    return true;
}

} // namespace

bool simdjson_read(struct span bytes, unsigned depth, struct arena *mem, struct value *out)
{
    static thread_local dom::parser parser;
    bool fine = bytes.len && read(parser, bytes, depth, mem, out);

    if (parser.capacity() > KEPT_BYTES)
        parser = dom::parser();
    return fine;
}

const char *simdjson_library_version(void)
{
#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)
    return TEXT_OF(SIMDJSON_VERSION);
}
