#include "worker/text/language_tag.h"

#include <stdlib.h>

/* Of each first letter the second ones of ISO 639-1's codes. */
static const char *const second_letters[26] = {
    "abefkmnrsvyz",
    "aeghimnors",
    "aehorsuvy",
    "aevz",
    "elnostu",
    "afijory",
    "adlnuv",
    "aeiortuyz",
    "adegikostu",
    "av",
    "agijklmnorsuvwy",
    "abginotuv",
    "ghiklnrsty",
    "abdeglnorvy",
    "cjmrs",
    "ailst",
    "u",
    "mnouw",
    "acdeghiklmnoqrstuvw",
    "aeghiklnorstwy",
    "gkrz",
    "eio",
    "ao",
    "h",
    "io",
    "ahu",
};

/* ISO 639-2's codes, both the terminological and the bibliographic ones, and those of ISO 639-3 that are for most of a
 * macrolanguage, each with its code in ISO 639-1; in the order of strcmp. */
static const char shorter[][6] = {
    "aaraa", "abkab", "afraf", "akaak", "albsq", "alssq", "amham", "araar", "arbar", "argan", "armhy", "asmas", "avaav",
    "aveae", "aymay", "azeaz", "azjaz", "bakba", "bambm", "baqeu", "belbe", "benbn", "bihbh", "bisbi", "bodbo", "bosbs",
    "brebr", "bulbg", "burmy", "catca", "cescs", "chach", "chece", "chizh", "chucu", "chvcv", "cmnzh", "corkw", "cosco",
    "crecr", "cymcy", "czecs", "danda", "deude", "divdv", "dutnl", "dzodz", "ekket", "ellel", "engen", "epoeo", "estet",
    "euseu", "eweee", "faofo", "fasfa", "fijfj", "finfi", "frafr", "frefr", "fryfy", "fucff", "fulff", "gazom", "geoka",
    "gerde", "glagd", "glega", "glggl", "glvgv", "greel", "grngn", "guggn", "gujgu", "hatht", "hauha", "hebhe", "herhz",
    "hinhi", "hmoho", "hrvhr", "hunhu", "hyehy", "iboig", "iceis", "idoio", "iiiii", "ikuiu", "ileie", "inaia", "indid",
    "ipkik", "islis", "itait", "javjv", "jpnja", "kalkl", "kankn", "kasks", "katka", "kaukr", "kazkk", "khkmn", "khmkm",
    "kikki", "kinrw", "kirky", "knckr", "kngkg", "komkv", "konkg", "korko", "kuakj", "kurku", "laolo", "latla", "lavlv",
    "limli", "linln", "litlt", "ltzlb", "lublu", "luglg", "lvslv", "macmk", "mahmh", "malml", "maomi", "marmr", "mayms",
    "mkdmk", "mlgmg", "mltmt", "molro", "monmn", "mrimi", "msams", "myamy", "nauna", "navnv", "nblnr", "ndend", "ndong",
    "nepne", "nldnl", "nnonn", "nobnb", "norno", "npine", "nyany", "ocioc", "ojioj", "orior", "ormom", "oryor", "ossos",
    "panpa", "perfa", "pesfa", "plipi", "pltmg", "polpl", "porpt", "prsfa", "pusps", "quequ", "quzqu", "rohrm", "ronro",
    "rumro", "runrn", "rusru", "sagsg", "sansa", "sccsr", "scrhr", "sinsi", "slksk", "slosk", "slvsl", "smese", "smosm",
    "snasn", "sndsd", "somso", "sotst", "spaes", "sqisq", "srdsc", "srpsr", "sswss", "sunsu", "swasw", "swesv", "swhsw",
    "tahty", "tamta", "tattt", "telte", "tgktg", "tgltl", "thath", "tibbo", "tirti", "tonto", "tsntn", "tsots", "tuktk",
    "turtr", "twitw", "uigug", "ukruk", "urdur", "uzbuz", "uznuz", "venve", "vievi", "volvo", "welcy", "wlnwa", "wolwo",
    "xhoxh", "yddyi", "yidyi", "yoryo", "zhaza", "zhozh", "zsmms", "zulzu",
};

/* Codes that ISO 639-1 took back, and what means them now. */
static const char renamed[][5] = {"inid", "iwhe", "jiyi", "jwjv", "moro"};

/* No language, or none that can be named. */
static const char none[][4] = {"und", "zxx", "mul", "mis", "art"};

static struct span primary_of(struct span tag)
{
    for (size_t i = 0; i < tag.len; i++)
        if (tag.at[i] == '-' || tag.at[i] == '_')
            return (struct span){tag.at, i};
    return tag;
}

static bool lower(struct span code, char *out)
{
    for (size_t i = 0; i < code.len; i++) {
        char c = code.at[i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        if (out[i] < 'a' || out[i] > 'z')
            return false;
    }
    return true;
}

static struct span read_two(const char *code, struct arena *mem, bool *is_bad)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (memcmp(renamed[i], code, 2) == 0)
            return (struct span){renamed[i] + 2, 2};
    *is_bad = !strchr(second_letters[code[0] - 'a'], code[1]);
    return *is_bad ? (struct span){0} : span_keep((struct span){code, 2}, mem);
}

static int compare_code(const void *code, const void *entry)
{
    return memcmp(code, entry, 3);
}

static struct span read_three(const char *code, struct arena *mem)
{
    const char *found = bsearch(code, shorter, sizeof shorter / sizeof *shorter, sizeof *shorter, compare_code);

    if (found)
        return (struct span){found + 3, 2};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (memcmp(none[i], code, 3) == 0)
            return (struct span){0};
    if (code[0] == 'q' && code[1] <= 't') /* qaa to qtz: private use */
        return (struct span){0};
    return span_keep((struct span){code, 3}, mem);
}

struct span language_tag_read(struct span tag, struct arena *mem, bool *is_bad)
{
    struct span primary = primary_of(tag);
    char code[3];

    *is_bad = primary.len < 2 || primary.len > sizeof code || !lower(primary, code);
    if (*is_bad)
        return (struct span){0};
    return primary.len == 2 ? read_two(code, mem, is_bad) : read_three(code, mem);
}
