"""Say in ten other languages that Vietnamese and English are spoken here."""

# By code of the language; lang attributes need the code, too.
SPOKEN_HERE = {
    "zh": "我们使用越南语和英语。请用其中一种语言写一句话。",
    "ja": "こちらではベトナム語と英語で対応しています。どちらかで一文をお書きください。",
    "ko": "이곳에서는 베트남어와 영어를 사용합니다. 둘 중 하나로 한 문장을 써 주세요.",
    "th": "ที่นี่ใช้ภาษาเวียดนามและภาษาอังกฤษ กรุณาเขียนหนึ่งประโยคด้วยภาษาใดภาษาหนึ่ง",
    "km": "នៅទីនេះយើងប្រើភាសាវៀតណាម និងភាសាអង់គ្លេស។ សូមសរសេរមួយប្រយោគជាភាសាមួយក្នុងចំណោមនោះ។",
    "ru": "Здесь говорят по-вьетнамски и по-английски. Напишите, пожалуйста, одно предложение на одном из этих языков.",
    "fr": "Ici, on parle vietnamien et anglais. Merci d’écrire une phrase dans l’une de ces langues.",
    "de": "Hier wird Vietnamesisch und Englisch gesprochen. Bitte schreiben Sie einen Satz in einer dieser Sprachen.",
    "es": "Aquí se habla vietnamita e inglés. Escriba, por favor, una frase en uno de estos idiomas.",
    "id": "Di sini digunakan bahasa Vietnam dan Inggris. Silakan tulis satu kalimat dalam salah satu bahasa itu.",
}  # fmt: skip


def spoken_here(language: str) -> str:
    """Return the sentence in that language; "" for Vietnamese, English and languages that are not known."""
    return SPOKEN_HERE.get(language, "")
