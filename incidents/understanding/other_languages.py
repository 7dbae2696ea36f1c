"""Say in ten other languages that Vietnamese and English are spoken here, and whom to call in danger."""

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


CALL_NOW = {
    "zh": "有人有危险？请立即拨打下面的电话。",
    "ja": "人が危険にさらされていますか。今すぐ下の番号に電話してください。",
    "ko": "위험에 처한 사람이 있나요? 지금 바로 아래 번호로 전화하세요.",
    "th": "มีคนตกอยู่ในอันตรายหรือไม่ โทรหมายเลขด้านล่างทันที",
    "km": "មានគេកំពុងមានគ្រោះថ្នាក់ឬ? សូមទូរស័ព្ទទៅលេខខាងក្រោមភ្លាម។",
    "ru": "Кто-то в опасности? Звоните сейчас же по номеру ниже.",
    "fr": "Quelqu’un est en danger ? Appelez tout de suite le numéro ci-dessous.",
    "de": "Ist jemand in Gefahr? Rufen Sie sofort die Nummer unten an.",
    "es": "¿Hay alguien en peligro? Llame ahora mismo al número de abajo.",
    "id": "Ada yang dalam bahaya? Segera telepon nomor di bawah ini.",
}


def call_now(language: str) -> str:
    """Return the sentence that sends to the emergency numbers below it; "" as `spoken_here`."""
    return CALL_NOW.get(language, "")
