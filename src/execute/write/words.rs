//! What a person reads of a fault that their system gave no words for, in the languages that the gateway knows.

use crate::model::RefusalCode;

/// The words for a fault, in the reader's language where it is known, in English elsewhere.
pub(super) fn words(code: RefusalCode, locale: &str) -> &'static str {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    match language {
        "de" => german(code),
        "fr" => french(code),
        _ => english(code),
    }
}

fn english(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Required => "This is missing.",
        RefusalCode::Invalid => "This is not valid.",
        RefusalCode::TooLong => "This is too long.",
        RefusalCode::OutOfRange => "This is too much or too little.",
        RefusalCode::NotFound => "This was not found.",
        RefusalCode::Duplicate => "There is one already.",
        RefusalCode::Conflict => "This was changed in the meantime. Look at it again before you change it.",
        RefusalCode::NotAllowed => "This is not possible any more, or not yet.",
        RefusalCode::Unavailable => "This cannot be had at the moment.",
        RefusalCode::Locked => "Somebody is working on this just now. Please try again in a moment.",
        RefusalCode::FileTooLarge => "This file is too large.",
        RefusalCode::FileTypeRefused => "Files of this kind are not taken.",
        RefusalCode::RejectedBySystem => "This was not accepted. Please contact us if you do not see why.",
    }
}

fn german(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Required => "Diese Angabe fehlt.",
        RefusalCode::Invalid => "Diese Angabe ist nicht gültig.",
        RefusalCode::TooLong => "Diese Angabe ist zu lang.",
        RefusalCode::OutOfRange => "Dieser Wert ist zu groß oder zu klein.",
        RefusalCode::NotFound => "Das wurde nicht gefunden.",
        RefusalCode::Duplicate => "Das gibt es schon.",
        RefusalCode::Conflict => "Das wurde inzwischen geändert. Bitte vor dem Ändern noch einmal ansehen.",
        RefusalCode::NotAllowed => "Das ist nicht mehr oder noch nicht möglich.",
        RefusalCode::Unavailable => "Das ist zurzeit nicht zu haben.",
        RefusalCode::Locked => "Das wird gerade bearbeitet. Bitte gleich noch einmal versuchen.",
        RefusalCode::FileTooLarge => "Diese Datei ist zu groß.",
        RefusalCode::FileTypeRefused => "Dateien dieser Art werden nicht angenommen.",
        RefusalCode::RejectedBySystem => {
            "Das wurde nicht angenommen. Bitte fragen Sie uns, wenn der Grund nicht klar ist."
        }
    }
}

fn french(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Required => "Cette information manque.",
        RefusalCode::Invalid => "Cette information n'est pas valable.",
        RefusalCode::TooLong => "Ce texte est trop long.",
        RefusalCode::OutOfRange => "Cette valeur est trop grande ou trop petite.",
        RefusalCode::NotFound => "Introuvable.",
        RefusalCode::Duplicate => "Cela existe déjà.",
        RefusalCode::Conflict => "Cela a changé entre-temps. Regardez à nouveau avant de modifier.",
        RefusalCode::NotAllowed => "Ce n'est plus possible, ou pas encore.",
        RefusalCode::Unavailable => "Ce n'est pas disponible pour le moment.",
        RefusalCode::Locked => "Quelqu'un y travaille en ce moment. Réessayez dans un instant.",
        RefusalCode::FileTooLarge => "Ce fichier est trop grand.",
        RefusalCode::FileTypeRefused => "Les fichiers de ce type ne sont pas acceptés.",
        RefusalCode::RejectedBySystem => "Cela n'a pas été accepté. Contactez-nous si la raison n'est pas claire.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_words_of_its_own_in_every_language() {
        for locale in ["en", "de-AT", "fr"] {
            let mut all: Vec<_> = RefusalCode::ALL.iter().map(|code| words(*code, locale)).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), RefusalCode::ALL.len(), "{locale}");
        }
        assert_eq!(words(RefusalCode::Required, "xx"), words(RefusalCode::Required, "en-GB"));
    }
}
