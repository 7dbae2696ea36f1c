"""Dangers in the words of visitors who speak neither Vietnamese nor English."""

import csv
from pathlib import Path

import pytest

from incidents.reporting.dangers import Danger, find_dangers
from incidents.reporting.dangers.other_languages import name_foreign_dangers

SAMPLES = Path(__file__).parents[2] / "samples" / "words"
D = Danger
DANGERS = [
    ("酒店着火了，快来人！", D.FIRE), ("有人掉进河里了", D.WATER), ("我被抢劫了，在范五老街", D.CRIME),
    ("救命，我丈夫昏迷了", D.INJURY), ("有人触电了", D.SHOCK), ("厨房煤气泄漏", D.GAS), ("有人要跳楼", D.SUICIDE),
    ("火事です。三階が燃えています", D.FIRE), ("子どもが川に落ちました", D.WATER),
    ("ひったくりに襲われました", D.CRIME),
    ("助けて！人が倒れています", D.INJURY), ("호텔에 불이 났어요", D.FIRE), ("아이가 물에 빠졌어요", D.WATER),
    ("칼을 든 강도가 있어요", D.CRIME), ("살려주세요 피를 흘리고 있어요", D.INJURY), ("ไฟไหม้บ้าน ช่วยด้วย", D.FIRE),
    ("มีเด็กจมน้ำที่คลอง", D.WATER), ("ถูกปล้นที่ถนนเลเลย", D.CRIME), ("ภรรยาหมดสติ", D.INJURY),
    ("ឆេះផ្ទះហើយ", D.FIRE),
    ("មានមនុស្សលង់ទឹក", D.WATER), ("គេប្លន់ខ្ញុំ", D.CRIME), ("ជួយផង គាត់សន្លប់", D.INJURY),
    ("В отеле пожар!", D.FIRE),
    ("Человек тонет в канале", D.WATER), ("Меня ограбили на улице Буй Вьен", D.CRIME),
    ("Помогите, муж без сознания", D.INJURY), ("Il y a le feu dans l'hôtel", D.FIRE),
    ("Un homme se noie dans le canal", D.WATER), ("Un homme avec un couteau menace les gens", D.CRIME),
    ("Au secours, ma femme est inconsciente", D.INJURY), ("Forte odeur de gaz dans l’immeuble", D.GAS),
    ("Hilfe! Mein Mann ist zusammengebrochen", D.INJURY), ("Das Haus gegenüber brennt", D.FIRE),
    ("Ein Kind ertrinkt im Fluss", D.WATER), ("Ich wurde ausgeraubt", D.CRIME),
    ("¡Auxilio! Hay fuego en el hotel", D.FIRE),
    ("Un niño se está ahogando", D.WATER), ("Me asaltaron con una pistola", D.CRIME),
    ("Mi esposa no respira", D.INJURY),
    ("Ada kebakaran di hotel", D.FIRE), ("Anak saya tenggelam di sungai", D.WATER),
    ("Saya dirampok di jalan", D.CRIME),
    ("Suami saya pingsan, tolong", D.INJURY),
]  # fmt: skip
CALM = [
    "路灯坏了", "灭火器过期了", "垃圾没人收", "消火栓が壊れています", "ゴミが多いです", "가로등이 고장났어요",
    "소화기가 없어요",
    "ไฟถนนดับ", "ขยะเต็มถนน", "ភ្លើងបំភ្លឺផ្លូវខូច", "Не работает фонарь", "Сломан пожарный гидрант",
    "Le feu rouge est en panne",
    "L'ampoule est brûlée", "La borne d’incendie fuit", "Ich brauche Hilfe mit meinem Visum", "Die Straße ist kaputt",
    "Der Feuerlöscher fehlt", "La farola no funciona", "La boca de incendio pierde agua", "Lampu jalan mati",
    "Tolong perbaiki jalan ini",
]  # fmt: skip


def test_danger_is_heard_in_other_languages():
    assert [text for text, danger in DANGERS if danger not in find_dangers(text)] == []


def test_calm_words_of_other_languages_are_no_danger():
    assert [text for text in CALM if name_foreign_dangers(text)] == []


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.csv")))
def test_no_sentence_of_ours_is_taken_for_foreign_danger(name):
    """Of all written sentences, those of danger too: Vietnamese and English have a lexicon of their own."""
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if name_foreign_dangers(cell)] == []
