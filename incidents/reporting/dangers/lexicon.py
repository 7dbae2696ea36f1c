"""Lexicon of dangers in Vietnamese, with and without diacritics, and in English. No database.

Phrases name a danger by themselves; patterns are words that closely follow one another. A word without diacritics
matches any, except words that begin with "=": there “chay” would be to run, to flow and to burn. Harmless uses (a lamp
has burned out), and dangers that are feared, denied or over, do not count. One pass over the words, so time is linear.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Danger(StrEnum):
    """A danger to people, for which a pack's emergency numbers may come first."""

    FIRE = "fire"
    WATER = "water"
    CRIME = "crime"
    COLLAPSE = "collapse"
    SHOCK = "shock"
    GAS = "gas"
    SUICIDE = "suicide"
    INJURY = "injury"
    CHILD = "child"


D = Danger

PHRASES: dict[str, tuple[str, ...]] = {
    D.FIRE: (
        "nổ kho",
        "nghe nổ", "nổ liên tục", "no lien tuc", "huge blast", "big blast", "loud blast", "blast at", "đòi đốt",
        "dọa đốt", "đòi thiêu", "dọa thiêu",
        "flames", "=bắt lửa", "lửa bén", "nổ lách tách", "nổ nồi hơi", "nổ lò hơi", "nồi hơi nổ", "lò hơi nổ",
        "nổ bình hơi", "nổ nồi áp suất", "=cháy ngùn ngụt",
        "cháy nhà", "=nhà cháy", "=đang cháy", "bốc cháy", "=bùng cháy", "=bị cháy", "=cháy lớn", "=cháy to",
        "=cháy xe", "=cháy rồi", "=cháy chợ", "cháy nổ", "=cháy lan", "=cháy rụi", "=cháy dữ", "=cháy ngùn ngụt",
        "cháy chung cư", "cháy phòng trọ", "cháy kho", "=cháy xưởng", "cháy quán", "=cháy karaoke", "cháy rừng",
        "=có cháy", "đám cháy", "vụ cháy", "=cháy", "hỏa hoạn", "phát hỏa", "cứu hỏa", "gọi cứu hỏa", "bà hỏa",
        "lửa bốc", "lửa cháy", "ngọn lửa", "biển lửa", "bén lửa", "lửa lan", "lửa lớn", "bốc lửa", "ngạt khói",
        "ngộp khói", "=nổ lớn", "=phát nổ", "=nổ bình", "nổ trạm biến áp", "tiếng nổ", "cháy dữ dội",
        "bốc cháy dữ dội", "chay nha", "nha chay", "chay roi", "chay lon", "dang chay lon", "dang chay du doi",
        "dang chay nha", "chay can ho", "chay can nha", "cháy trường học", "cháy cây xăng", "fire", "house fire",
        "on fire", "catching fire", "caught fire", "in flames", "burning building", "burning house", "is burning",
        "are burning", "explosion", "exploded", "bomb", "smoke inhalation", "cháy tiệm", "cháy khách sạn",
        "cháy cửa hàng", "cháy siêu thị", "cháy nhà máy", "cháy công ty", "cháy bãi xe", "cháy nhà kho", "bốc hỏa",
        "cháy ký túc xá", "cháy bệnh viện", "cháy tòa nhà", "cháy nhà xưởng", "=đốt nhà", "=đốt xe", "=đốt quán",
        "phóng hỏa", "tạt xăng", "châm lửa đốt", "tóe lửa", "xẹt lửa", "lửa xẹt", "nẹt lửa", "tia lửa", "sparking",
        "set fire to", "arson",
    ),
    D.WATER: (
        "xac troi", "ca nô lật", "cano lật", "ghe lật", "xuồng lật", "thuyền lật", "đò lật", "phà lật", "sà lan lật",
        "vùng vẫy", "hụt chân", "không thấy trồi", "chưa thấy trồi", "chìm nghỉm", "went under", "gone under",
        "jumped off the bridge", "mất tích dưới",
        "đuối nước", "chết đuối", "=đang đuối", "=bị đuối", "ngộp nước", "ngạt nước", "nhảy cầu", "nhảy sông",
        "nước cuốn", "=bị cuốn trôi",
        "cuốn trôi người", "chìm ghe", "=ghe chìm", "chìm đò", "=đò chìm", "=tàu chìm", "chìm tàu", "=thuyền chìm",
        "lật ghe", "lật đò", "lật thuyền", "lật tàu", "rơi xuống sông", "té xuống sông", "rớt xuống sông", "té sông",
        "rớt sông", "rơi sông", "té kênh", "rớt kênh", "xác người", "thi thể", "xác chết trôi", "=xác trôi",
        "người chết trôi", "nguoi chet troi", "xác nam", "xác nữ", "xác đàn ông", "xác phụ nữ", "xác một người",
        "tử thi", "=chới với", "drowning", "drowned", "is drowning", "fell into the river",
        "fell into the canal", "fell into the water", "fallen into the water", "swept away", "body in the river",
        "boat sank", "boat is sinking", "boat capsized", "capsized",
    ),
    D.CRIME: (
        "beat up", "beating up", "beaten up", "bóp cổ", "siết cổ", "strangling", "choking his", "choking her",
        "tạt sơn", "grabbed a child", "grabbed my child", "grabbed the kid", "took my child", "snatched a child",
        "đánh hội đồng", "quánh hội đồng", "đập đầu vô tường", "đập đầu vào tường", "lôi lên xe", "kéo lên xe",
        "ép lên xe", "bắt lên xe", "bắt cóc trẻ", "dụ bắt", "forced her into", "forced him into", "dragged her into",
        "dragged him into", "mang súng", "mang theo súng", "has a gun", "armed man", "armed men", "pulled a knife",
        "cướp giật", "=cướp", "bị cướp", "giật đồ", "giựt đồ", "giật túi", "giựt túi", "giật giỏ", "giật điện thoại",
        "giựt điện thoại", "giật dây chuyền", "giựt dây chuyền", "giựt giỏ", "cướp ngân hàng", "cướp tiệm vàng",
        "cướp xe", "cuop xe", "co cuop", "bi cuop", "vu cuop", "trộm vào nhà", "=có trộm", "co trom", "trộm cạy",
        "cạy cửa nhà", "đột nhập", "đánh nhau", "đánh lộn", "quánh lộn", "uýnh lộn", "uýnh nhau", "oánh nhau",
        "quánh nhau", "đập nhau", "ẩu đả", "hỗn chiến", "đâm chém", "đâm nhau", "chém nhau", "chém lộn", "chém người",
        "đâm người", "=bị đâm", "bị chém", "dí dao", "kề dao", "cầm dao", "cầm mã tấu", "mã tấu", "vác dao",
        "hung khí", "giết người", "=giết", "dọa giết", "đe dọa giết", "án mạng", "bắt cóc", "bị bắt cóc", "nổ súng",
        "=bắn nhau", "cầm súng", "=có súng", "=bị bắn", "hiếp dâm", "=hiếp", "cưỡng hiếp", "cưỡng bức", "sàm sỡ",
        "dâm ô", "quấy rối tình dục", "biến thái", "đánh vợ", "đánh chồng", "bạo lực gia đình", "bạo hành gia đình",
        "đánh ghen", "hành hung", "=bị đánh", "bị hành hung", "đánh người", "tạt axit", "tạt acid",
        "khống chế con tin", "con tin", "khủng bố", "đòi nợ thuê", "bị tấn công", "đập phá nhà", "robbery", "robbed",
        "mugged", "mugging", "snatched my", "bag snatched", "burglar", "burglars", "breaking into", "break in",
        "stabbed", "stabbing", "knifepoint", "gunpoint", "gunshots", "gunshot", "shooting at", "was shot", "been shot",
        "murder", "murdered", "kidnapped", "kidnapping", "rape", "raped", "sexually assaulted", "assaulted",
        "attacked me", "attacked by a man", "being attacked", "threatening people", "wants to kill me", "kill me",
        "domestic violence", "fighting with knives", "machete", "hostage", "beating his wife", "beating a man",
        "beating a woman", "acid attack", "bom xăng", "ngáo đá", "tiếng súng", "súng nổ", "lựu đạn", "quả bom",
        "trái bom", "giống bom", "=có bom", "=đặt bom",
        "bom mìn", "bom chưa nổ", "thuốc nổ", "vật liệu nổ", "vật nổ", "quả mìn", "trái mìn", "đầu đạn", "grenade",
        "unexploded", "bị bám theo", "bám theo tôi", "bám theo em", "bám theo mình", "being followed", "following me",
        "stalking me",
    ),
    D.COLLAPSE: (
        "vui lap",
        "sập hố móng", "đất chôn", "đất lấp", "đất vùi", "đất đè", "núi lở", "không rút ra được", "rút ra không được",
        "không gỡ ra được", "không thoát ra được", "thoát ra không được", "chưa ra được",
        "kẹp người", "kẹp tay", "kẹt tay", "kẹt chân", "kẹt đầu", "=sập đổ một nửa", "landslide", "mudslide",
        "lở núi", "lũ quét", "lũ ống",
        "sập nhà", "=nhà sập", "sập giàn giáo", "sập tường", "sập cầu", "cầu sập", "sập trần", "sập công trình",
        "sập hầm", "sập mái", "tường sập", "trần sập", "=đổ sập", "vùi lấp", "=bị vùi", "=bị chôn vùi", "chôn vùi",
        "mắc kẹt bên trong", "=mắc kẹt", "kẹt thang máy", "=bị kẹt bên trong", "kẹt trong thang máy",
        "kẹt bên trong", "trapped", "còn người ở trong", "có người ở trong", "có người bên trong", "có người trong đó",
        "=vùi người", "còn người bên trong", "còn người kẹt", "people inside", "someone inside", "stuck in the lift",
        "stuck in the elevator", "stuck in an elevator",
        "buried alive", "buried under", "building collapsed", "house collapsed", "wall collapsed", "roof collapsed",
        "scaffolding collapsed", "bridge collapsed", "crane collapsed",
    ),
    D.SHOCK: (
        "hở điện", "truyền điện ra", "giật tê tay", "giật tê người", "electrified", "gave me a shock",
        "rò điện", "rò rỉ điện", "nhiễm điện", "got shocked", "was shocked by", "been shocked by", "being shocked",
        "giật điện", "điện giật", "giựt điện", "điện giựt", "bị điện giật", "dính điện", "=bị giật điện",
        "phóng điện trúng", "bị phóng điện", "electrocuted", "electric shock", "electrical shock",
    ),
    D.GAS: (
        "bình ga nổ", "bình gas nổ", "=ga nổ", "=gas nổ", "gas cylinder exploded",
        "khí amoniac", "khí clo", "hơi gas", "=hơi ga", "xì khí", "ngộp khí", "ngạt gas",
        "nổ bình gas", "nổ bình ga", "nổ gas", "=nổ ga", "rò rỉ gas", "rò gas", "rò rỉ khí gas", "rò rỉ ga", "=xì ga",
        "=rò ga", "xì gas", "mùi gas", "=mùi ga", "mui gas", "hở gas", "gas rò rỉ", "gas bị rò", "gas bị xì",
        "khí độc", "rò rỉ hóa chất", "rò rỉ khí", "rò rỉ amoniac", "ngạt khí", "ngộ độc khí", "gas leak",
        "leaking gas", "smell of gas", "smell gas", "gas smell", "gas explosion", "smells of gas", "chemical leak",
        "toxic gas", "tràn hóa chất", "hóa chất tràn", "đổ hóa chất", "khí than",
    ),
    D.SUICIDE: (
        "cut her wrists", "cut his wrists", "cut my wrists", "slit her wrists", "slit his wrists",
        "end it tonight", "end it all", "going to end it", "wants to end it", "đứng ngoài lan can",
        "ngồi ngoài lan can", "đứng ngoài mép", "ngồi ngoài mép", "ngoài mép ban công",
        "muốn kết thúc tất cả", "muốn kết thúc cuộc sống", "em muốn kết thúc", "tôi muốn kết thúc",
        "mình muốn kết thúc", "bottle of pills", "whole bottle of pills", "nói lời tạm biệt", "hết thiết sống",
        "tự tử", "tự sát", "tự vẫn", "tự thiêu", "treo cổ", "nhảy lầu", "nhảy cầu", "cắt cổ tay", "rạch tay",
        "uống thuốc sâu", "uống thuốc trừ sâu", "uống thuốc ngủ", "uống thuốc chuột", "uống thuốc diệt cỏ",
        "=muốn chết", "muon chet", "không muốn sống", "chẳng muốn sống", "không thiết sống", "hết muốn sống",
        "kết thúc cuộc đời", "quyên sinh", "đòi nhảy", "đòi chết", "=chết quách", "sống làm gì nữa", "kết liễu",
        "tuyệt mệnh", "lời từ biệt",
        "nghĩ quẩn", "dại dột", "chán sống", "suicide", "suicidal", "kill myself", "kill herself", "kill himself",
        "killing myself", "end my life", "want to die",
        "wants to die", "hanged himself", "hanged herself", "hang myself", "going to jump", "about to jump",
        "threatening to jump", "hurt myself", "self harm", "overdose", "overdosed",
    ),
    D.INJURY: (
        "tim ngừng đập", "ngã quỵ",
        "không cử động", "không nhúc nhích", "not moving", "isn t moving", "people hurt", "people injured",
        "several hurt", "gục xuống bàn", "gục xuống đất", "không phản ứng", "không còn phản ứng", "chest pain",
        "đau ngực", "đau thắt ngực", "nuốt cục", "nuốt pin", "nuốt đồng xu", "nuốt viên bi", "nuốt phải", "nuốt nhầm",
        "swallowed a battery", "swallowed a coin", "sổng chuồng", "xổng chuồng",
        "no pulse", "has no pulse", "méo miệng", "liệt nửa người", "yếu nửa người", "yếu liệt", "slurring",
        "face is drooping", "can t move his", "can t move her", "man collapsed", "woman collapsed",
        "person collapsed", "somebody collapsed", "someone collapsed", "just collapsed", "ôm ngực té", "ôm ngực ngã",
        "lên cơn đau tim",
        "tai nạn", "cấp cứu", "gọi xe cấp cứu", "kêu xe cấp cứu", "cần xe cấp cứu", "gọi xe cứu thương",
        "cần xe cứu thương", "bất tỉnh", "=bất động", "bat dong tren", "nam bat dong", "=ngất", "ngất xỉu", "=xỉu",
        "xiu giua duong", "bị xỉu", "hôn mê", "bị thương", "thương nặng", "thương vong", "chảy máu", "=máu me",
        "mau me", "=đầy máu", "máu chảy", "đầu chảy máu", "chết người", "người chết", "=có người chết", "tử vong",
        "tử nạn", "=chết tại chỗ", "kêu cứu", "cầu cứu", "cứu với", "cứu tôi", "cứu em", "cứu mạng", "cứu người",
        "xin cứu", "=cứu cứu", "đột quỵ", "nhồi máu", "đau tim", "ngưng tim", "ngừng tim", "ngưng thở", "ngừng thở",
        "không thở", "khó thở", "tắt thở", "thở không được", "co giật", "sùi bọt mép", "động kinh", "trúng gió",
        "sắp sinh", "đẻ rơi", "đẻ rớt", "vỡ ối", "sinh con trên", "ngộ độc nặng", "rắn cắn", "gãy chân", "gãy tay",
        "gãy cổ", "bể đầu", "vỡ đầu", "đứt lìa", "nguy kịch", "hấp hối", "bị tông", "=tông chết", "bị xe cán",
        "cán chết", "=cán người", "tông trúng", "đụng trúng", "tông người", "đụng người", "bị xe tông", "bị xe đụng",
        "xe tông nhau", "xe đụng nhau", "tông liên hoàn", "va chạm liên hoàn", "đụng xe", "đâm xe liên hoàn",
        "tông xe", "té lầu", "rơi lầu", "rớt lầu", "bỏng nặng", "phỏng nặng", "=bị bỏng", "=bị phỏng", "sốc phản vệ",
        "hóc dị vật", "hóc hột", "hóc hạt", "hóc xương", "hóc kẹo", "mắc nghẹn", "tím tái", "tím ngắt", "môi tím",
        "sốc thuốc",
        "sốc ma túy", "quá liều", "co quắp", "uống nhầm", "không tỉnh", "vũng máu", "máu lênh láng", "lots of blood",
        "blood everywhere", "unresponsive", "not responding", "not waking up", "won t wake up", "trúng đầu", "đứt tay",
        "đứt chân", "đứt bàn tay", "đứt ngón", "máy cuốn",
        "bị chó cắn", "bị chó dại cắn", "bị rắn cắn", "bị ong đốt", "ong chích", "bitten by", "bị thương nặng",
        "accident", "crash", "car crash", "ambulance", "injured", "injuries",
        "bleeding", "unconscious", "not breathing", "stopped breathing", "can t breathe", "cannot breathe",
        "heart attack", "cardiac arrest", "stroke victim", "having a stroke", "had a stroke", "seizure", "seizures",
        "passed out", "collapsed on the", "fainted", "choking", "in labour", "in labor", "giving birth", "dead body",
        "found dead", "someone died", "is dying", "are dying", "somebody is dead", "badly hurt", "is hurt", "are hurt",
        "got hurt", "someone hurt", "run over by", "hit by a car", "hit by a truck", "hit by a bus",
        "hit by a motorbike", "hit and run", "broken leg", "broken arm", "severely burned", "help me", "save me",
        "need help urgently", "please help us", "food poisoning in school", "snake bite",
    ),
    D.CHILD: (
        "nhét khăn vô miệng", "nhét giẻ vô miệng", "trẻ bị lạc", "bé bị lạc", "trẻ con bị lạc", "em bé đi lạc",
        "con tôi bị lạc", "con em bị lạc", "con mình bị lạc", "cháu tôi bị lạc", "con bị lạc", "cháu bị lạc",
        "con tôi đi lạc", "con em đi lạc", "my child is lost", "lost my child", "lost my son",
        "lost my daughter", "my son is lost", "my daughter is lost", "my kid is lost", "child is missing",
        "son is missing",
        "daughter is missing", "lost child", "missing child", "wandering alone", "bị bỏ đói",
        "bạo hành trẻ", "bạo hành trẻ em", "bạo hành em", "bạo hành con", "bạo hành cháu", "bạo hành bé", "đánh trẻ",
        "xâm hại", "xâm hại trẻ em", "xâm hại tình dục", "ngược đãi", "hành hạ trẻ", "đánh đập con", "đánh con",
        "đánh đập", "bạo hành", "lạm dụng tình dục", "ấu dâm", "bỏ rơi trẻ", "trẻ bị bỏ rơi", "bé bị bỏ rơi",
        "bỏ rơi em bé", "trẻ sơ sinh bị", "buôn người", "bị bán sang", "sơ sinh bị", "newborn", "child abuse",
        "abused child",
        "child is being beaten", "children are beaten", "abandoned baby", "baby abandoned", "beating a child",
        "beating his child", "beats his child", "beating the child", "abusing a child", "abusing her child",
        "abusing children", "human trafficking", "molested", "molesting",
    ),
}  # fmt: skip

# Words that are parts of patterns.
CONCEPTS: dict[str, tuple[str, ...]] = {
    "person": (
        "người", "bé", "em bé", "trẻ", "trẻ em", "đứa", "cháu", "bà", "ông", "cụ", "cô gái", "thanh niên", "học sinh",
        "công nhân", "thợ", "nạn nhân", "phụ nữ", "con tôi", "con em", "vợ", "chồng", "ba tôi", "má tôi", "mẹ", "cha",
        "=tôi", "bạn tôi", "chú", "cô", "anh", "chị", "hành khách", "tài xế", "=con", "em trai", "em gái", "nhỏ",
        "ng", "thằng", "thằng bé", "thằng nhỏ", "con nít", "tụi nhỏ", "ổng", "bả", "nhân viên", "bảo vệ", "dân",
        "khách", "bảo mẫu", "mẹ kế", "hàng xóm", "flatmate", "roommate", "colleague",
        "somebody", "someone", "man", "woman", "child", "boy", "girl", "kid", "baby", "people", "person", "worker",
        "workers", "student", "children", "students", "passengers", "son",
        "daughter", "mother", "father", "brother", "sister", "friend", "guy", "lady", "cyclist", "pedestrian", "driver",
        "tourist", "he", "she", "his wife", "wife", "husband", "me",
    ),
    "beast": ("trăn", "rắn hổ mang", "rắn hổ", "rắn độc", "cá sấu", "python", "cobra", "crocodile",),
    "is lost": ("bị lạc", "đi lạc", "lạc mất", "mất tích",
        "is lost", "got lost", "is missing", "went missing", "been missing", "has vanished"),
    "own child": ("con gái", "con trai", "son", "daughter", "my kid", "my child", "nephew", "niece"),
    "abuses": ("làm bậy", "sờ mó", "giở trò", "dụ dỗ", "cưỡng ép",),
    "house": ("nhà", "căn nhà", "nhà cổ", "lớp học", "nhà trẻ", "chung cư",),
    "caves in": ("=sập", "=sập đổ", "=đổ sập",),
    "forced": ("pull", "drag", "pulling", "dragging", "forced", "dragged", "pulled", "pushed",),
    "into a car": ("into his car", "into her car", "into a van", "into a car", "into the van", "into their car",
        "into a taxi",),
    "black smoke": ("khói đen", "khói nghi ngút", "khói cuồn cuộn", "thick black smoke", "black smoke",),
    "works": ("nhà máy", "kho", "xưởng", "chợ", "chung cư", "công ty", "cửa hàng", "nhà dân", "factory", "warehouse",
        "market",),
    "zapped": ("bị giật", "là giật", "giật té", "giật văng", "tê tay", "giật tê", "tê người", "tê rần", "bị tê",
        "shocked", "zapped", "a shock", "an electric shock",),
    "metal": ("trụ đèn", "cột đèn", "trụ điện", "cột điện", "cột biển báo", "trụ biển báo", "bảng quảng cáo",
        "hàng rào", "rào sắt", "lan can", "tủ điện", "hộp điện", "vòi nước", "cửa cuốn", "cửa sắt", "atm", "nhà chờ",
        "ghế sắt", "lamp post", "lamppost", "light pole", "street light", "pole", "railing", "fence", "bus stop"),
    "touches": ("chạm", "chạm vào", "chạm vô", "đụng vào", "đụng vô", "đụng tay", "sờ vào", "sờ vô", "vịn", "vịn vào",
        "vịn vô", "dựa vào", "dựa vô", "bấm nút", "rửa tay", "touch", "touched", "touching", "touches"),
    "takes": ("ôm", "bế", "bồng", "dắt", "grabbed", "took", "snatched",),
    "makes off": ("chạy", "bỏ chạy", "đi mất", "chạy mất", "drove off", "ran off", "ran away",),
    "slips": ("=sạt", "=sạt lở", "=lở",),
    "row of houses": ("dãy nhà", "căn nhà", "nhà dân", "mấy nhà",),
    "crowd": ("người", "công nhân", "học sinh", "sinh viên", "trẻ", "students", "workers", "children",),
    "hospitalised": ("nhập viện", "phải nhập viện", "đi cấp cứu", "hospitalized", "hospitalised",),
    "body": ("tay", "chân", "mặt", "đầu", "cổ", "arm", "leg", "face", "hand",),
    "appears": ("nổi lên", "xuất hiện", "bơi", "bò ra", "bò vô", "lên bờ", "spotted",),
    "vehicle": ("oto", "xe khách", "xe ben", "xe bồn", "xe bán tải", "xe đò", "xe ba gác", "van", "lorry",
        "xe", "ô tô", "xe máy", "xe tải", "xe hơi", "container", "xe buýt", "taxi", "car", "bus", "truck", "motorbike",
        "motorcycle", "bike", "scooter",
    ),
    "water": ("kinh Nhiêu Lộc", "=kinh", "hồ cá", "hồ đá", "hầm đá", "đìa", "bãi biển", "bridge", "ocean",
        "swimming pool",
        "=vực", "=đèo", "ta luy", "taluy", "sông", "kênh", "rạch", "=hồ", "biển", "=ao", "mương", "giếng", "hồ bơi",
        "suối", "=nước", "cống hộp", "river", "canal", "lake", "sea", "pond", "pool", "water",
    ),
    "hole": ("hầm ga", "hầm", "giếng sâu", "hố móng", "cống", "hố ga", "=hố", "miệng cống", "hố sâu", "hố công trình",
        "hầm cầu",
             "manhole", "drain", "sewer", "pit", "hole"),
    "into": ("trượt chân xuống", "trượt té xuống", "hụp xuống", "sụp xuống", "nhào xuống", "trôi xuống",
        "nhảy ùm xuống", "jumped off", "fell off", "slid into",
        "rơi xuống", "té xuống", "rớt xuống", "ngã xuống", "lọt xuống", "nhảy xuống", "trượt xuống", "lao xuống",
        "fell in", "fell into", "fallen in", "fallen into", "falls into", "slipped into", "jumped into", "drove into",
        "=rơi", "=té", "=rớt", "=lọt", "=sụp", "=lao", "chìm dưới", "=chìm",
    ),
    "height": ("lầu", "tầng", "mái nhà", "giàn giáo", "ban công", "cầu", "cột điện", "cây", "nóc nhà"),
    "falls from": ("té từ", "rơi từ", "rớt từ", "ngã từ", "té", "rơi", "rớt"),
    "property": (
        "nhà", "quán", "kho", "xưởng", "chợ", "chung cư", "căn hộ", "phòng trọ", "xe", "xe máy", "ô tô", "nhà máy",
        "công ty", "trường", "karaoke", "khách sạn", "bếp", "tiệm", "cửa hàng", "building", "house", "kitchen",
        "apartment", "shop", "car", "warehouse", "factory", "market", "motorbike", "truck", "bus",
    ),
    "smoke": ("khói đen", "khói nghi ngút", "nghi ngút", "khói bốc", "bốc khói", "khói mù", "khói dày", "black smoke",
              "thick smoke", "smoke"),
    "dwelling": ("building", "house", "shop", "căn hộ", "nhà dân", "chung cư", "cửa sổ", "tầng", "lầu", "phòng",
        "tủ điện", "đầu xe", "thùng xe",
                 "nhà hàng xóm", "nhà bên", "hầm xe", "window", "apartment", "flat", "engine", "bus", "car"),
    "taken": ("bị trộm", "mất trộm", "trộm mất", "trộm lấy", "bị mất cắp", "was stolen", "got stolen"),
    "burns": ("=cháy", "=bốc", "burning", "burns", "on fire", "ablaze"),
    "threat": ("chém", "=đâm", "dao", "súng", "kiếm", "mã tấu", "búa", "knife", "knives", "gun", "guns",
               "machete", "machetes", "sword", "swords"),
    "does": ("móc", "giơ", "thủ", "múa", "vung", "pulled",
        "dọa", "đe dọa", "hăm dọa", "rượt", "cầm", "vác", "xách", "rút", "dí", "kề", "chĩa", "lăm le", "with",
        "threatens", "threatening", "threatened", "waving", "holding", "has", "has got", "carrying",
    ),
    "snatched": ("snatched", "grabbed", "bị giật", "bị giựt", "bị cướp", "giật mất", "giựt mất", "cướp mất"),
    "snatches": ("giật", "giựt", "cướp", "snatched", "grabbed", "stole", "snatching", "robbed"),
    "valuable": (
        "túi", "túi xách", "giỏ", "giỏ xách", "điện thoại", "dây chuyền", "bóp", "ví", "balo", "iphone", "laptop",
        "tiền", "đt", "phone", "bag", "purse", "wallet", "necklace",
    ),
    "crushes": ("đè xuống", "đè bẹp", "xuống trúng", "trúng", "sập trúng", "đè", "đè lên", "đè trúng", "rơi trúng",
        "rớt trúng", "ngã trúng", "đổ trúng",
    "rớt vào", "crushed"),
    "falls": ("=rớt", "=rơi", "rớt xuống", "rơi xuống", "=sạt", "=sạt xuống", "slid down", "slid onto", "gave way",
        "came down on", "nghiêng đổ", "bật gốc", "trốc gốc", "tróc gốc", "sập", "đổ", "ngã", "sụp", "sạt lở", "lật",
        "gãy",
    "collapsed", "fell", "overturned", "fallen"),
    "buried": ("vùi lấp", "kêu cứu", "kêu bên trong", "bên trong", "ở trong", "trong đó", "vùi", "kẹt", "mắc kẹt",
        "bên dưới", "ở dưới", "bị thương",
    "trapped", "underneath", "buried", "dưới"),
    "beats": ("đánh", "đánh đập", "bạo hành", "hành hạ", "nhốt", "trói", "beats", "beating", "hitting", "beaten"),
    "small": ("bé", "em bé", "trẻ", "trẻ em", "cháu", "con nhỏ", "đứa nhỏ", "học sinh", "baby", "child", "kid",
              "toddler", "bé gái", "bé trai"),
    "strikes": ("=tát", "slapping", "is punching", "punching", "kicking", "is kicking", "=đấm", "=đá", "quánh",
        "đập đầu", "lôi",
        "nắm đầu", "=đánh", "=đánh đập", "beats", "beat", "hits", "is beating", "punched", "is hitting"),
    "badly": ("dã man", "tàn nhẫn", "chảy máu", "bầm", "tím", "thâm", "suốt đêm", "mỗi đêm", "khóc thét", "badly",
              "screaming", "every night"),
    "live": ("giật", "giựt", "điện", "shocked", "electrocuted", "bị giật"),
    "wire": ("dây điện", "cột điện", "trụ điện", "trụ đèn", "cột đèn", "ổ điện", "nguồn điện", "wire", "power line"),
    "hit": ("tông", "đụng", "cán", "húc", "quệt", "va vào", "hit", "ran over", "struck", "knocked down"),
    "lies": ("nằm", "nằm im", "bất động", "bất tỉnh", "máu", "gục", "lying", "motionless", "blood"),
    "jump": ("nhảy", "jump", "jumping"),
    "edge": ("lan can", "thành cầu", "ban công", "sân thượng", "nóc nhà", "mái nhà", "railing", "roof", "ledge",
             "bridge", "rooftop", "balcony"),
    "stands": ("đứng", "ngồi", "trèo", "leo", "standing", "sitting", "climbed"),
    "collides": ("ủi", "ủi liên tiếp", "tông liên tiếp", "đối đầu", "ploughed into", "plowed into", "slammed into",
        "tông", "đụng", "va chạm", "đâm", "lật", "crashed", "collided", "overturned", "flipped"),
    "falls on": ("fell on", "fell onto", "fallen on", "fallen onto", "falls on", "collapsed on", "collapsed onto"),
    "homes": ("nhà dân", "nhà người", "nhà tôi", "nhà em", "căn nhà", "quán", "tiệm", "=chợ", "đám đông", "lớp học",
              "house", "shop", "crowd"),
    "flood": ("nước", "nước ngập", "lũ", "sạt lở", "triều", "sóng"),
    "sweeps": ("cuốn", "cuốn trôi", "kéo trôi", "trôi"),
    "drags": ("cuốn", "kéo lê", "cán", "lôi", "kẹt", "dragged", "hit"),
    "below it": ("vô gầm", "vào gầm", "dưới gầm", "under the truck", "under the bus", "under a truck", "under a bus"),
    "without brakes": ("mất thắng", "mất phanh", "mất lái", "đứt thắng", "lost control", "out of control"),
    "rushes": ("đụng", "leo lề", "leo lên lề", "lao", "tông", "đâm", "húc", "ủi", "lao vô", "lao vào", "crashed",
        "hit"),
    "rushes into": ("ploughed into", "plowed into", "slammed into", "lao vô", "lao vào", "lao thẳng", "tông vô",
        "tông vào", "tông sập", "đâm vô", "đâm vào", "ủi vô",
                    "húc vô", "húc vào", "crashed into", "drove into", "rammed into"),
    "thugs": ("côn đồ", "giang hồ", "xã hội đen", "du côn", "đầu gấu", "gangsters", "thugs"),
    "attacks": ("đập phá", "đánh", "kéo tới", "kéo đến", "quậy phá", "phá", "vây", "chặn", "tấn công", "attack",
                "attacking"),
    "swallows": ("nuốt", "uống", "swallowed", "took", "drank"),
    "poison": ("pills", "rat poison", "weed killer", "xăng", "dầu hỏa", "thuốc ngủ", "thuốc an thần", "thuốc sâu",
        "thuốc trừ sâu", "thuốc chuột", "thuốc diệt cỏ", "vỉ thuốc",
               "hũ thuốc", "axit", "thuốc tẩy", "sleeping pills", "poison", "bleach"),
    "animal": ("rắn lục", "rắn hổ", "rắn hổ mang", "chó pitbull", "pitbull", "bầy chó", "trâu", "trâu điên",
        "bò sổng", "bò điên", "heo rừng", "trăn", "wasps", "cobra", "crocodile", "chó", "chó dại", "rắn", "ong",
        "ong vò vẽ", "khỉ", "cá sấu", "dog", "dogs", "snake", "bees", "monkey"),
    "bites": ("húc", "quấn", "rượt cắn", "lao vào cắn", "mauled", "mauling", "cắn", "đốt", "chích", "tấn công", "bit",
        "bites", "biting", "attacked", "stung"),
    "hangs": ("lơ lửng", "tòng teng", "hanging from", "dangling"),
    "engulfs": ("nuốt", "nuốt chửng", "swallowed"),
    "pit": ("hố", "hố tử thần", "hố sụt", "sinkhole"),
    "confined": ("kẹt dưới", "mắc kẹt dưới", "bị kẹt dưới", "kẹt ở dưới", "trapped in", "trapped under", "kẹt trong",
        "nhốt trong", "bỏ quên trong", "khóa trong", "locked in", "locked inside", "stuck in",
                 "stuck inside", "left in"),
    "enclosure": ("xe hơi", "ô tô", "cabin", "phòng", "thang máy", "nhà", "toilet", "tủ", "cốp xe", "thang cuốn",
    "giếng",
                  "máy", "car", "room", "bathroom", "lift", "elevator", "escalator"),
    "boat": ("ghe", "đò", "thuyền", "tàu", "xuồng", "bè", "phà", "sà lan", "ca nô", "boat", "ferry", "kayak", "canoe"),
    "sinks": ("=chìm", "bị chìm", "=lật", "bị lật", "lật úp", "sank", "sinking", "capsized", "overturned"),
    "thief": ("trộm", "ăn trộm", "kẻ trộm", "kẻ gian", "người lạ", "burglar", "thief", "intruder", "stranger"),
    "breaks open": ("bẻ khóa", "phá khóa", "cạy", "dắt xe", "dắt trộm", "breaking", "stealing"),
    "leaks": ("bị bể", "bị vỡ", "bị nứt", "bị xì", "bị rò", "is leaking", "xì", "rò", "rò rỉ", "hở", "leaking",
        "leaks"),
    "cylinder": ("ống dẫn ga", "ống dẫn gas", "van ga", "van gas", "dây gas", "gas line", "bình gas", "bình ga",
        "ống gas", "ống ga", "bếp gas", "gas pipe", "gas bottle", "gas cylinder"),
    "gets in": ("trong nhà", "vô nhà", "vào nhà", "lẻn vào", "cạy cửa", "leo rào", "leo vô", "trong phòng",
    "in my house",
                "inside my house", "in my room", "in my apartment"),
    "head on": ("trực diện", "liên hoàn", "dây chuyền", "nhau", "head on"),
    "line": ("dây điện", "dây trung thế", "dây cao thế", "dây hạ thế", "đường dây điện", "power line", "live wire",
             "electric wire", "electric cable"),
    "comes down": ("đứt", "rớt xuống", "rơi xuống", "chạm nước", "fell", "came down", "is down", "snapped"),
    "lands on": ("bay trúng", "rơi trúng", "rớt trúng", "đổ trúng", "ngã trúng", "sập trúng", "rơi vào đầu"),
    "buries": ("=vùi", "=vùi lấp", "=chôn sống"),
    "tumbles": ("fell down", "fell from", "fell off", "fallen from", "falling from", "rớt thang", "té thang"),
    "smoke from": ("khói từ", "khói ra từ", "khói bay ra từ", "bốc khói từ", "smoke from"),
    "current": ("tủ điện", "ổ điện", "ổ cắm", "đồng hồ điện", "trạm biến áp", "trụ điện", "máy lạnh", "ắc quy"),
    "baggage": ("bao tải", "túi", "vali", "gói", "thùng", "ba lô", "balo", "bag", "package", "backpack", "suitcase"),
    "suspect": ("khả nghi", "đáng ngờ", "tích tắc", "suspicious"),
    "throws": ("ném", "chọi", "quăng", "liệng", "throwing", "threw"),
    "missile": ("gạch", "đá", "chai", "stones", "rocks", "bricks", "bottles"),
    "at people": ("vào người", "vô người", "vào xe", "vô xe", "vào nhà", "vô nhà", "vào tàu", "xuống đường",
                  "xuống người", "at people", "at cars"),
    "eats": ("ói mửa", "nôn ói", "nôn mửa", "ói ra máu", "vomiting", "throwing up", "ngộ độc", "ói", "nôn",
        "poisoned", "food poisoning"),
    "many": ("la liệt", "cả lớp", "cả xưởng", "cả nhà", "several fainted", "whole class", "cấp cứu", "nhập viện",
        "hàng loạt", "cả trường", "nguy kịch", "hospital", "ambulance"),
}  # fmt: skip

# The concepts follow one another with at most so many words between two.
PATTERNS: tuple[tuple[Danger, tuple[str, ...], int], ...] = (
    (D.INJURY, ("beast", "gets in"), 3),
    (D.INJURY, ("person", "animal", "bites"), 3),
    (D.CHILD, ("small", "is lost"), 2),
    (D.CHILD, ("own child", "is lost"), 3),
    (D.CHILD, ("small", "abuses"), 6),
    (D.CHILD, ("abuses", "small"), 3),
    (D.COLLAPSE, ("house", "caves in"), 2),
    (D.COLLAPSE, ("homes", "into", "water"), 2),
    (D.COLLAPSE, ("falls", "buried", "person"), 3),
    (D.CRIME, ("forced", "person", "into a car"), 2),
    (D.FIRE, ("black smoke", "works"), 4),
    (D.SHOCK, ("current", "zapped"), 8),
    (D.SHOCK, ("metal", "touches", "zapped"), 4),
    (D.SHOCK, ("metal", "zapped", "touches"), 4),
    (D.SHOCK, ("zapped", "touches", "metal"), 4),
    (D.CRIME, ("takes", "small", "makes off"), 2),
    (D.COLLAPSE, ("slips", "row of houses"), 3),
    (D.INJURY, ("crowd", "hospitalised"), 1),
    (D.INJURY, ("animal", "bites", "body"), 2),
    (D.INJURY, ("beast", "appears"), 2),
    (D.WATER, ("person", "into", "water"), 4),
    (D.WATER, ("vehicle", "into", "water"), 4),
    (D.WATER, ("person", "into", "hole"), 4),
    (D.INJURY, ("person", "falls from", "height"), 3),
    (D.FIRE, ("property", "burns"), 2),
    (D.FIRE, ("smoke", "dwelling"), 5),
    (D.FIRE, ("dwelling", "smoke"), 3),
    (D.CRIME, ("property", "taken"), 1),
    (D.CRIME, ("does", "threat"), 2),
    (D.CRIME, ("snatches", "valuable"), 2),
    (D.COLLAPSE, ("falls", "crushes", "person"), 4),
    (D.COLLAPSE, ("falls", "crushes", "vehicle"), 4),
    (D.COLLAPSE, ("falls", "person", "buried"), 6),
    (D.CRIME, ("person", "strikes", "person"), 4),
    (D.CHILD, ("small", "beats", "badly"), 5),
    (D.CHILD, ("beats", "small", "badly"), 5),
    (D.SHOCK, ("person", "live", "wire"), 3),
    (D.SHOCK, ("wire", "person", "live"), 8),
    (D.INJURY, ("vehicle", "hit", "person"), 3),
    (D.INJURY, ("hit", "person", "lies"), 5),
    (D.INJURY, ("person", "lies", "lies"), 3),
    (D.INJURY, ("vehicle", "collides", "vehicle"), 3),
    (D.SUICIDE, ("person", "stands", "edge"), 5),
    (D.SUICIDE, ("person", "jump", "edge"), 4),
    (D.SUICIDE, ("edge", "jump"), 4),
    (D.INJURY, ("eats", "many"), 6),
    (D.INJURY, ("many", "eats"), 6),
    (D.WATER, ("boat", "sinks"), 3),
    (D.CRIME, ("thief", "gets in"), 4),
    (D.CRIME, ("thief", "breaks open"), 3),
    (D.GAS, ("leaks", "cylinder"), 1),
    (D.GAS, ("cylinder", "leaks"), 3),
    (D.CRIME, ("suspect", "baggage"), 1),
    (D.CRIME, ("baggage", "suspect"), 3),
    (D.CRIME, ("throws", "missile", "at people"), 2),
    (D.CRIME, ("missile", "throws", "at people"), 2),
    (D.INJURY, ("vehicle", "collides", "head on"), 2),
    (D.INJURY, ("person", "tumbles"), 2),
    (D.INJURY, ("tumbles", "person"), 2),
    (D.COLLAPSE, ("lands on", "person"), 3),
    (D.COLLAPSE, ("buries", "person"), 2),
    (D.SHOCK, ("line", "comes down"), 2),
    (D.FIRE, ("smoke from", "current"), 1),
    (D.WATER, ("flood", "sweeps", "person"), 2),
    (D.WATER, ("flood", "sweeps", "vehicle"), 2),
    (D.COLLAPSE, ("flood", "sweeps", "homes"), 5),
    (D.COLLAPSE, ("falls", "crushes", "homes"), 3),
    (D.COLLAPSE, ("falls on", "person"), 2),
    (D.COLLAPSE, ("falls on", "vehicle"), 2),
    (D.COLLAPSE, ("pit", "engulfs", "vehicle"), 3),
    (D.COLLAPSE, ("pit", "engulfs", "person"), 3),
    (D.COLLAPSE, ("person", "confined", "enclosure"), 3),
    (D.COLLAPSE, ("person", "hangs"), 5),
    (D.CRIME, ("valuable", "snatched"), 3),
    (D.CRIME, ("thugs", "attacks"), 4),
    (D.SUICIDE, ("swallows", "poison"), 3),
    (D.INJURY, ("animal", "bites", "person"), 4),
    (D.INJURY, ("vehicle", "drags", "below it"), 4),
    (D.INJURY, ("vehicle", "without brakes", "rushes"), 3),
    (D.INJURY, ("vehicle", "rushes into", "homes"), 3),
)

# Harmless phrases with words of dangers.
HARMLESS = (
    "shocked by the price", "shocked at the price", "shocked by the prices", "shocked to see", "shocked to hear",
    "shocked by how", "shocked at how", "giật tê cả ghế", "giật tê cả nhà",
    "đổ đất lấp", "đất lấp rạch", "đất lấp kênh", "đất lấp ao", "đất lấp mương", "đất lấp ruộng",
    "rớt nước", "rơi nước", "nhỏ nước", "rớt nước mắt", "exploded my",
    "cháy da", "=nắng cháy", "cướp hết vỉa hè", "cướp hết lề", "cướp hết lối", "cướp chỗ", "cướp chỗ đậu",
    "đâm thủng", "giết chết giấc", "giết giấc ngủ", "giết dần giết mòn", "ngất ngây", "ngây ngất", "cao ngất",
    "ngất ngưởng", "xỉu lên xỉu xuống", "muốn xỉu lên xỉu xuống", "xỉu ngang", "xỉu up xỉu down", "trợ cấp tai nạn",
    "chế độ tai nạn", "bồi thường tai nạn", "hồ sơ tai nạn", "thủ tục tai nạn", "huấn sơ cấp cứu", "lớp sơ cấp cứu",
    "khóa sơ cấp cứu", "học sơ cấp cứu", "đau tim với", "đau tim vì", "=cháy cầu dao", "cháy át", "cháy ổn áp",
    "ổn áp cháy", "=cháy khét", "nhức bể đầu", "đau bể đầu", "ồn bể đầu", "like someone died", "like something died",
    "as if someone died", "drowning in rubbish", "drowning in trash", "drowning in garbage", "drowning in noise",
    "drowning in paperwork", "drowning in work", "drowning in debt", "drowning in dust", "exploded with water",
    "price explosion", "explosion of", "explosion in prices", "prices exploded",
    "=bóng cháy", "=cháy bóng", "chay bong", "=đèn cháy", "=đèn bị cháy", "=đèn đường cháy", "=đèn đỏ cháy",
    "=đèn đỏ bị cháy", "=bị cháy bóng", "=đèn bị cháy bóng", "den chay", "bong chay", "=cháy đèn", "=bóng đèn bị cháy",
    "=bóng đèn cháy", "=bóng bị cháy", "=cháy cầu chì", "=cháy mô tơ", "=cháy motor", "=cháy máy bơm", "=cháy bo mạch",
    "=cháy túi", "=cháy vé", "=hàng cháy", "=cháy hàng", "=cháy nắng", "=cháy sáng", "=cháy phố", "=cháy hết mình",
    "chữa cháy", "phòng cháy", "phòng cháy chữa cháy", "báo cháy", "chống cháy", "thoát hiểm", "pccc", "xe cứu hỏa",
    "trụ cứu hỏa", "họng cứu hỏa", "trạm cứu hỏa", "đội cứu hỏa", "vòi cứu hỏa", "lính cứu hỏa", "chiến sĩ cứu hỏa",
    "bình cứu hỏa", "phòng chống cháy nổ", "an toàn cháy nổ", "nguy cơ cháy", "nguy cơ cháy nổ", "cháy nổ có thể",
    "bắn pháo hoa", "nổ máy", "nổ pô", "đề nổ", "vỡ nổ lốp", "nổ lốp", "nổ vỏ", "chết máy", "cá chết", "chó chết",
    "mèo chết", "chuột chết", "gà chết", "heo chết", "vịt chết", "cây chết", "chết cây", "chết khô", "chết cứng",
    "chết cười", "chết tiệt", "chết đi được", "=buồn cười chết", "wifi chết", "giết thời gian", "giết mổ", "diệt muỗi",
    "ức hiếp", "ăn hiếp", "hiếp đáp",
    "giết muỗi", "không thở nổi", "hôi không thở", "we cannot breathe", "we can t breathe", "thở không nổi",
    "giết chuột", "giết heo", "giết gà", "giết chó", "ăn cướp", "cướp vỉa hè", "cướp lòng đường", "cướp đường",
    "cướp lối đi", "cướp khách", "cướp cô hồn", "giật cô hồn", "cướp công", "cướp không gian", "xe cấp cứu",
    "xe cứu thương", "phòng cấp cứu", "khoa cấp cứu", "bệnh viện cấp cứu", "trạm cấp cứu", "trung tâm cấp cứu",
    "cấp cứu trưng vương", "cấp cứu 115", "cổng cấp cứu", "khu cấp cứu", "làn cấp cứu", "làn khẩn cấp",
    "bảo hiểm tai nạn", "tai nạn giả", "phòng chống tai nạn", "điểm đen tai nạn", "chống đuối nước",
    "phòng chống đuối nước", "phòng đuối nước", "lớp đuối nước", "sập nguồn", "sập mạng", "sập web", "sập hệ thống",
    "sập tiệm", "sập bẫy", "sập cầu dao", "cầu dao", "mắc kẹt trên cây", "rạp xiếc", "phim", "diễn tập", "tập huấn",
    "tuyên truyền", "hội thao", "mèo mắc kẹt", "giật giật", "giật mình", "giật tít", "nước giật", "bồn cầu giật nước",
    "giật nước", "chớp giật", "khói bụi", "khói xe", "khói thuốc", "khói rác", "mùi gạch", "sợ quá", "lo quá",
    "gas cũ", "chiết gas", "bán gas", "đại lý gas", "cửa hàng gas", "trạm gas", "bếp gas cũ", "đốt rác", "đốt rơm",
    "đốt vàng mã", "đốt đồng", "đốt giấy", "đốt cỏ", "tượng người chết", "=đánh nhau giá", "trộm chó", "trộm nắp",
    "đổ trộm", "trộm cáp", "đào trộm", "đổ xà bần", "xả trộm", "múc trộm", "chặt trộm", "công an đánh trống",
    "đánh con lươn", "đánh con số", "xe đụng con lươn", "hố ga chết", "góc chết", "đường chết", "ngõ chết",
    "tín hiệu chết", "dầu nhớt", "cứu trợ", "cứu hộ giao thông", "xe cứu hộ", "trạm cứu hộ", "nghiên cứu", "tra cứu",
    "kiến nghị nghiên cứu", "giải cứu nông sản", "cứu xét", "fire hydrant", "fire extinguisher", "fire extinguishers",
    "fire truck", "fire engine", "fire station", "fire exit", "fire exits", "fire alarm", "fire safety",
    "fire brigade", "fire drill", "fire lane", "fire escape", "fire hazard", "fire door", "fire hose", "fire risk",
    "open fire", "trash fire", "garbage fire", "fireworks", "burning trash", "burning garbage", "burning rubbish",
    "burning waste", "burning leaves", "burning smell", "burning plastic", "burning incense", "ambulance parked",
    "an ambulance parked", "ambulance station", "crash barrier", "website crash", "app crash", "app crashed",
    "server crash", "to death", "dead end", "dead tree", "dead fish", "dead dog", "dead cat", "dead rat",
    "dead animal", "accident black spot", "accident blackspot", "bus is burning fuel", "hit the median",
    "hit the barrier", "hit the railing", "hit a pothole", "hit the pothole", "killing mosquitoes", "killing time",
    "bomb shelter", "photo bomb", "bath bomb", "breakfast", "street stroke", "fire sale", "it s robbery",
    "daylight robbery",
    "highway robbery", "điện tử", "súng bắn tốc độ", "súng đồ chơi", "súng nước", "bom hàng", "bom tấn",
)  # fmt: skip

# Objects hit by a car without injury: “trụ điện bị xe tông gãy” is damage.
THINGS = (
    "con lươn", "dải phân cách", "trụ điện", "cột điện", "trụ đèn", "cột đèn", "lan can", "lan can cầu", "hàng rào",
    "rào chắn", "biển báo", "cây xanh", "cây", "cổng", "bờ tường", "tường", "gương cầu", "nhà chờ", "trạm xe buýt",
    "hộ lan", "trụ cứu hỏa", "barie", "tủ điện", "bó vỉa", "thành cầu", "gờ giảm tốc", "đèn tín hiệu", "cột mốc",
    "chậu cây", "chó", "mèo", "chuột", "chuột cống",
    "chó con", "mèo con", "chim", "bồ câu", "rùa", "trăn", "gà", "vịt", "rắn", "bò", "heo",
)  # fmt: skip
HIT = ("bị xe tông", "bị xe đụng", "bị xe tải tông", "bị tông", "xe tông", "bị xe đâm", "bị xe cán", "bị ô tô tông",
       "bị xe hơi tông", "bị xe container tông", "bị xe ben tông")  # fmt: skip
HARMLESS += tuple(f"{thing} {hit}" for thing in THINGS for hit in HIT)

# Exaggerations: what people say that it kills them.
NUISANCES = (
    "bực", "bực mình", "dài cổ", "tức", "rầu", "mắc cỡ", "ngộp", "đói", "khát", "buồn ngủ", "nhức đầu", "phiền", "khổ",
    "nóng", "nực", "oi", "mệt", "kẹt", "kẹt xe", "ồn", "ồn ào", "hôi", "hôi thối", "thối", "mùi", "bụi", "đau đầu",
    "lạnh", "=tối", "điếc tai", "nắng", "xa", "mắc", "lâu", "dơ", "khét", "tanh", "đợi", "chờ", "muỗi", "ngứa", "chán",
    "ngập", "xếp hàng",
)  # fmt: skip
TO_DEATH = ("muốn chết", "chết người", "chết được", "chết luôn", "muốn điên")
TO_FAINT = ("muốn xỉu", "muốn ngất", "muốn ngất xỉu", "muốn tắt thở", "muốn ngộp thở", "muốn ói", "phát ngất")
HARMLESS += tuple(f"{nuisance} {so}" for nuisance in NUISANCES for so in TO_DEATH)
HARMLESS += tuple(f"{nuisance} {so}" for nuisance in NUISANCES if nuisance != "mệt" for so in TO_FAINT)
WARNED_OF = ("đuối nước", "cháy", "cháy nổ", "cháy rừng", "tai nạn", "cướp giật", "điện giật", "sạt lở", "sập cầu")
HARMLESS += tuple(f"cảnh báo {danger}" for danger in WARNED_OF)

# A phrase that begins within one of these is part of it: “tủ chữa cháy chung cư” is no “cháy chung cư”.
COMPOUNDS = (
    "chữa cháy", "phòng cháy", "báo cháy", "chống cháy", "cảnh báo cháy", "phòng chống cháy", "trạm cứu hỏa",
    "đội cứu hỏa", "trụ cứu hỏa",
)  # fmt: skip

# Signs of dangers that are feared or occasional.
MAYBE = (
    "dễ gây", "dễ bị", "dễ xảy ra", "dễ dẫn", "dễ té", "=dễ", "có thể gây", "có thể bị", "có thể", "nguy cơ", "=sợ",
    "sợ có", "lo có", "lo bị", "lo cháy", "lo xảy ra", "lo tai nạn", "lo sập", "lo sẽ", "lo lắng", "lo ngại", "lo sợ",
    "tránh", "=phòng", "phòng tránh", "đề phòng", "ngăn ngừa", "phòng ngừa",
    "coi chừng", "cẩn thận", "kẻo", "=nếu", "=lỡ", "lỡ có", "trước khi", "thường xảy ra", "thường xuyên", "hay xảy ra",
    "hay bị", "hay có", "hay cắn", "hay rượt", "hay tấn công", "=từng", "nhiều vụ", "nhiều lần", "tiềm ẩn", "ngừa",
    "chờ đến khi", "đợi đến khi", "chờ có người", "đợi có người",
    "hạn chế", "giảm", "=khỏi", "=sẽ", "=suýt", "suýt nữa", "sắp gây", "may mà chưa", "may không", "gây nguy hiểm",
    "before someone", "before somebody", "before anyone", "before", "could", "might", "may cause", "may be",
    "may get", "may have", "may fall", "may hit", "may hurt",
    "may kill", "may happen", "may lead", "may collapse", "may catch", "có ngày", "sớm muộn", "chắc phải", "phải có",
    "mới chịu", "risk of", "afraid of",
    "afraid", "prevent", "avoid", "danger of", "in case of", "if", "someday", "almost", "nearly", "fear of", "would",
)  # fmt: skip
# Machines and lamps: with them, words for a fire mean that they are broken or lit, at any distance.
DEVICES = (
    "đèn", "bóng đèn", "bóng", "máy bơm", "quạt", "tivi", "màn hình", "biển quảng cáo", "bảng điện tử", "bảng led",
    "mô tơ", "motor", "động cơ", "bo mạch", "camera", "công tắc", "cầu chì", "aptomat", "bộ nguồn", "lamp", "lamps",
    "bulb", "bulbs", "light", "lights", "motor", "fuse", "screen",
)  # fmt: skip
BURNS = frozenset({"chay", "burning", "burns"})
IN_FLAMES = frozenset({"boc", "bung", "lon", "lan", "du", "dam", "vu", "ngun", "house", "building"})
NOT = (
    "không", "không có", "không có ai", "không ai", "chưa", "chưa có", "chưa có ai", "chưa ai", "chẳng", "ko",
    "hổng", "hông", "không phải", "no", "not", "nobody", "no one", "never", "without", "nobody is", "nobody was",
    "no one was", "no one is", "isn t", "wasn t", "kg",
)  # fmt: skip
NOT_A_DENIAL = ("biết", "thấy", "biết có", "dập được", "cứu được", "kịp")  # behind “không”: what comes is not denied
OVER = (
    "hôm qua", "hôm kia", "tuần trước", "tháng trước", "năm trước", "năm ngoái", "bữa trước", "hôm trước", "lần trước",
    "hôm tháng", "hồi tháng", "hồi năm", "cách đây", "tuần rồi", "tháng rồi", "đã xử lý", "xử lý xong", "đã dập tắt",
    "được dập tắt", "đã khắc phục", "đã giải quyết", "đã xong", "đã được cứu", "đã ổn", "đã qua", "sau vụ",
    "yesterday", "last week", "last month", "last year", "last night", "days ago", "weeks ago", "months ago",
    "years ago", "was put out", "already put out", "has been cleared", "already cleared", "already resolved",
)  # fmt: skip
NOW = (
    "=đang", "dang", "vừa", "vừa mới", "mới bị", "bây giờ", "=giờ", "ngay", "gấp", "khẩn", "khẩn cấp", "hiện",
    "vẫn còn", "cứu với", "cứu tôi", "cháy lại", "còn người", "now", "just", "help", "hurry", "still", "again",
    "right now", "please come",
)  # fmt: skip
LASTING = frozenset({D.CHILD, D.SUICIDE})  # a danger still, where it is told of days that are past or as a fear
BEFORE = 4  # words, at most, between what is said to be feared and the word for it
DENIED_BEFORE = 3  # words from a “no” to the word that it denies

WORD = re.compile(r"\w+|[.!?;\n]+")
LONG_RUNS = re.compile(r"(\D)\1{2,}")  # “cháyyyy”, “heeelp”


class Word(NamedTuple):
    """A word of a text: without diacritics, and its marks on whatever letter (“hoả” equals “hỏa”)."""

    bare: str
    marks: str


class Span(NamedTuple):
    """Words from `start` to before `end`, and what they are."""

    start: int
    end: int
    what: str


class Pattern(NamedTuple):
    """A phrase of a table. `strict`: diacritics must match."""

    words: tuple[Word, ...]
    what: str
    strict: bool


def name_dangers(words: list[Word]) -> frozenset[Danger]:
    harmless = list(find_spans(words, tables()["harmless"]))
    covered = longest_cover(words, harmless)
    within = {at for part in find_spans(words, tables()["compound"]) for at in range(part.start + 1, part.end)}
    free = [
        span
        for span in find_spans(words, tables()["phrases"])
        if span.end - span.start > covered_by(span, covered) and span.start not in within
    ]
    free += find_patterns(words, covered)
    if not free:
        return frozenset()
    signs = {name: spans_by_end(words, name) for name in ("maybe", "not", "device")}
    lives_on = not has_any(words, "over") or has_any(words, "now")
    dangers = set()
    for span in free:
        danger = Danger(span.what)
        lasting = danger in LASTING
        if is_denied(words, span, signs["not"]) or is_burned_out(words, span, signs["device"]):
            continue
        if lasting or (lives_on and not is_after(words, span, signs["maybe"], within=BEFORE)):
            dangers.add(danger)
    return frozenset(dangers)


@lru_cache(maxsize=4096)
def word_of(written: str) -> Word:
    decomposed = unicodedata.normalize("NFD", written.replace("đ", "d\u0335").replace("ð", "d\u0335"))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return Word(bare, "".join(sorted(letter for letter in decomposed if unicodedata.combining(letter))))


def split_words(text: str) -> list[Word]:
    """Words of a text; the end of a sentence is a Word whose `bare` is a full stop."""
    lowered = LONG_RUNS.sub(r"\1", text.lower())
    return [
        word_of(match[:40]) if match[0].isalnum() else Word(".", "")
        for match in WORD.findall(unicodedata.normalize("NFC", lowered))
    ]


@lru_cache(maxsize=1)
def tables() -> dict[str, dict[str, list[Pattern]]]:
    concepts = ((phrase, name) for name, phrases in CONCEPTS.items() for phrase in phrases)
    phrases = ((phrase, danger) for danger, some in PHRASES.items() for phrase in some)
    more = {
        "harmless": HARMLESS,
        "compound": COMPOUNDS,
        "maybe": MAYBE,
        "not": NOT,
        "over": OVER,
        "now": NOW,
        "not a denial": NOT_A_DENIAL,
        "device": DEVICES,
    }
    return {"phrases": index(phrases), "concepts": index(concepts)} | {
        name: index((phrase, name) for phrase in some) for name, some in more.items()
    }


def index(phrases: Iterable[tuple[str, str]]) -> dict[str, list[Pattern]]:
    by_first_word: dict[str, list[Pattern]] = defaultdict(list)
    for phrase, what in phrases:
        words = tuple(split_words(phrase.removeprefix("=")))
        by_first_word[words[0].bare].append(Pattern(words, str(what), phrase.startswith("=")))
    return dict(by_first_word)


def find_spans(words: list[Word], table: dict[str, list[Pattern]]) -> Iterator[Span]:
    """Occurrences of the table's phrases from the left; phrases are short, so time is linear."""
    for start, word in enumerate(words):
        for pattern in table.get(word.bare, ()):
            end = start + len(pattern.words)
            if end <= len(words) and all(
                fits(text_word, meant, strict=pattern.strict)
                for text_word, meant in zip(words[start:end], pattern.words, strict=True)
            ):
                yield Span(start, end, pattern.what)


def fits(word: Word, meant: Word, *, strict: bool) -> bool:
    """Whether a word of the text matches: equal marks, or none where not `strict`."""
    return word.bare == meant.bare and (word.marks == meant.marks or (not word.marks and not strict))


def longest_cover(words: list[Word], spans: list[Span]) -> list[int]:
    lengths = [0] * len(words)
    for span in spans:
        for at in range(span.start, span.end):
            lengths[at] = max(lengths[at], span.end - span.start)
    return lengths


def covered_by(span: Span, covered: list[int]) -> int:
    return max(covered[span.start : span.end])


def spans_by_end(words: list[Word], name: str) -> dict[int, list[Span]]:
    by_end: dict[int, list[Span]] = defaultdict(list)
    for span in find_spans(words, tables()[name]):
        by_end[span.end].append(span)
    return dict(by_end)


def has_any(words: list[Word], name: str) -> bool:
    return next(find_spans(words, tables()[name]), None) is not None


@lru_cache(maxsize=1)
def steps_of_concepts() -> dict[str, list[tuple[int, int]]]:
    steps: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, (_danger, concepts, _gap) in enumerate(PATTERNS):
        for step in range(len(concepts) - 1, -1, -1):
            steps[concepts[step]].append((number, step))
    return dict(steps)


def find_patterns(words: list[Word], covered: list[int]) -> list[Span]:
    spans = [span for span in find_spans(words, tables()["concepts"]) if not covered_by(span, covered)]
    spans.sort(key=lambda span: (span.end, span.start))
    ends = [at for at, word in enumerate(words) if word.bare == "."]
    sentence = sentence_numbers(len(words), ends)
    reached: list[list[Span | None]] = [[None] * len(concepts) for _danger, concepts, _gap in PATTERNS]
    for span in spans:
        for number, step in steps_of_concepts().get(span.what, ()):
            danger, _concepts, gap = PATTERNS[number]
            before = reached[number][step - 1] if step else None
            if step and not (
                before and 0 <= span.start - before.end <= gap and sentence[before.end - 1] == sentence[span.start]
            ):
                continue
            reached[number][step] = Span(before.start if before else span.start, span.end, danger)
    return [last for *_steps, last in reached if last]


def sentence_numbers(count: int, ends: list[int]) -> list[int]:
    numbers, number, stops = [], 0, set(ends)
    for at in range(count):
        number += at in stops
        numbers.append(number)
    return numbers


def is_denied(words: list[Word], span: Span, denials: dict[int, list[Span]]) -> bool:
    return any(
        sign.start < span.start and not is_other_denial(words, sign.end)
        for end in range(span.start - DENIED_BEFORE + 1, span.start + 1)
        for sign in denials.get(end, ())
    )


def is_other_denial(words: list[Word], at: int) -> bool:
    table = tables()["not a denial"]
    return next(find_spans(words[at : at + 2], table), Span(1, 1, "")).start == 0


def is_burned_out(words: list[Word], span: Span, devices: dict[int, list[Span]]) -> bool:
    bare_words = {word.bare for word in words[span.start : span.end + 1]}
    return bool(bare_words & BURNS) and not bare_words & IN_FLAMES and is_after(words, span, devices, within=2 * BEFORE)


def is_after(words: list[Word], span: Span, signs: dict[int, list[Span]], *, within: int) -> bool:
    for end in range(span.end - 1, span.start - within - 1, -1):
        if end in signs:
            return True
        if 0 < end <= span.start and words[end - 1].bare == ".":
            return False
    return False
