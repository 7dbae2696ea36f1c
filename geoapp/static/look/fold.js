// Folds text for searching, as the server does.
//
//   foldText(text)    in lower case and without diacritics; "đ" becomes "d"
//   foldWords(text)   beside that letters, digits and slashes alone, with single blanks between words

export const foldText = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d")
export const foldWords = (text) =>
  foldText(text)
    .replace(/[^\p{L}\p{N}/]+/gu, " ")
    .trim()
