/* The one door to CLD2. */
extern "C" {
#include "worker/text/cld2.h"
}

#include <cstdio>
#include <cstring>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

namespace
{

enum : size_t {
    TEXT_MAX = 4096,
    SLOP = 16, /* CLD2 looks ahead by words of the machine */
};

/* A cut within a letter would be no UTF-8. */
size_t whole_letters(struct span text)
{
    size_t len = text.len < TEXT_MAX ? text.len : static_cast<size_t>(TEXT_MAX);

    while (len < text.len && len && (static_cast<unsigned char>(text.at[len]) & 0xC0) == 0x80)
        len--;
    return len;
}

} // namespace

extern "C" struct span cld2_detect(struct span text)
{
    char bytes[TEXT_MAX + SLOP] = {};
    size_t len = whole_letters(text);
    CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language languages[3];
    int percents[3], text_bytes;
    double scores[3];
    bool is_reliable = false;

    if (!len)
        return {nullptr, 0};
    memcpy(bytes, text.at, len);
    CLD2::Language language = CLD2::ExtDetectLanguageSummary(bytes, static_cast<int>(len), true, &hints, 0, languages,
                                                             percents, scores, nullptr, &text_bytes, &is_reliable);
    if (!is_reliable || language == CLD2::UNKNOWN_LANGUAGE || language == CLD2::TG_UNKNOWN_LANGUAGE)
        return {nullptr, 0};
    return span_of(CLD2::LanguageCode(language));
}

extern "C" const char *cld2_library_version(void)
{
    return CLD2::DetectLanguageVersion();
}
