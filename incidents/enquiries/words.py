"""Recognize questions, thanks and complaints about staff by their words, and tell them from reports. No database.

Each kind needs two signs: a question and a matter of offices; thanks at the beginning or with a reason; somebody of an
office and bad behaviour. All phrases are written as `gis_data.words.plain` normalizes.
"""

from gis_data.words import plain
from incidents.models import Enquiry
from incidents.reporting.dangers import find_dangers

K = Enquiry.Kind
MOST_CHARS = 2000
BEGINNING = 8  # words

# Abbreviations.
SHORT = {
    "ko": "khong", "hok": "khong", "kh": "khong", "dc": "duoc", "dk": "dang ky", "dki": "dang ky",
    "e": "em", "v": "vay", "z": "vay", "j": "gi", "r": "roi", "hs": "ho so", "hso": "ho so", "kq": "ket qua",
    "tks": "thanks", "thks": "thanks", "thx": "thanks", "cty": "cong ty", "ubnd": "uy ban", "nv": "nhan vien",
    "cb": "can bo", "sdt": "so dien thoai", "ntn": "nhu the nao", "bn": "bao nhieu", "trc": "truoc",
}  # fmt: skip

EXPLICITLY_ASKING = (
    "xin hoi", "cho hoi", "cho toi hoi", "cho em hoi", "cho minh hoi", "cho chau hoi", "toi muon hoi", "em muon hoi",
    "minh muon hoi", "muon hoi", "can hoi", "hoi thu tuc", "hoi ve", "xin tu van", "nho tu van", "tu van giup",
    "can tu van", "duoc tu van", "xin huong dan", "nho huong dan", "huong dan giup", "huong dan cach", "xin cho biet",
    "cho toi biet", "cho biet", "muon biet", "can giay to gi", "giay to gi", "lam the nao de", "how do i", "how can i",
    "where can i", "where do i", "i want to ask", "i would like to ask", "i would like to know", "may i ask",
    "can you tell me", "could you tell me", "i want to know", "please tell me", "please advise", "can i bring",
    "am i allowed", "are we allowed", "is it legal", "is it allowed", "who do i contact", "xin so dien thoai",
    "cho xin so",
)  # fmt: skip
ASKING = (
    "bao nhieu", "bao lau", "khi nao", "bao gio", "may gio", "ngay nao", "o dau", "cho nao", "noi nao", "nhu the nao",
    "the nao", "lam sao", "cach nao", "can gi", "lam gi", "nhung gi", "can nhung gi", "giay to nao", "nhu nao",
    "ra sao", "nao", "ai duoc", "ai lam", "duoc khong", "co duoc", "khong a", "khong vay", "vay a", "co can",
    "co phai", "hay khong", "may ngay", "gi", "how long", "how much", "how many", "how", "what",
    "hoi ai", "gap ai", "la may", "thu may", "hay len", "hay la", "sao ta", "lai sao", "toi dau", "den dau",
    "may tuoi", "khong ad", "khong anh", "khong chi", "khong ban", "ai biet", "is there", "where", "when",
    "which", "who", "do i", "can i", "do we", "is it", "is the", "are the", "should i", "am i",
)  # fmt: skip
OFFICE_MATTERS = (
    "thu tuc", "giay to", "ho so", "can cuoc", "cccd", "chung minh nhan dan", "khai sinh", "khai tu", "ket hon",
    "ly hon", "doc than", "hon nhan", "tam tru", "thuong tru", "tam vang", "ho khau", "nhap khau", "so hong", "so do",
    "sang ten", "ho chieu", "passport", "visa", "giay phep", "xin phep", "phep xay dung", "le phi", "hoc phi", "phi",
    "thue", "bao hiem", "bhyt", "bhxh", "tro cap", "chinh sach", "vay von", "ho ngheo", "can ngheo", "tre em ngheo",
    "ly lich tu phap", "chung thuc", "cong chung", "sao y", "tiep dan", "tiep cong dan", "muc phat", "xu phat",
    "gio lam viec", "lam viec", "mo cua", "mot cua", "truc tuyen", "dich vu cong", "so dien thoai", "lien he",
    "dia chi cua", "phuong nao", "xa nao", "quan nao", "sap nhap", "lich thu gom", "lich tiem", "lich", "tiem",
    "vac xin", "vao lop", "trai tuyen", "tuyen sinh", "nhap hoc", "chuyen truong", "phat nguoi", "nop phat", "ho tro",
    "dang ky", "xac nhan", "uy quyen", "thua ke", "tach thua", "quy hoach", "dinh danh", "vneid", "nghia vu quan su",
    "kinh doanh", "doanh nghiep", "nop don", "nop ho so", "giay xac nhan", "giay chung nhan", "giay khai", "bien so",
    "bang lai", "lai xe", "dang kiem", "mai tang", "nguoi cao tuoi", "nguoi khuyet tat", "thuong binh",
    "birth certificate", "marriage", "register", "registration", "tax", "ward office", "office hours", "office",
    "appointment", "id card", "documents", "papers", "permit", "licence", "license", "residence", "certificate",
    "insurance", "allowance", "opening hours", "vaccine", "vaccination", "school enrolment", "fee", "fees",
    "phone number", "so nha", "khoi cong", "khanh thanh", "thong xe", "metro", "hotline", "theo quy dinh",
    "lich cup dien",
    "khi nao cup dien", "bao gio cup dien", "lich cup nuoc", "khi nao cup nuoc", "fine for",
    "fines", "penalty",
)  # fmt: skip
# Defects and obstacles.
STREET_FAULTS = (
    "hu", "hu hong", "bi hu", "hong", "bi be", "nghet", "ngap", "do rac", "xa rac", "cup dien", "mat dien", "mat nuoc",
    "cup nuoc", "khong co nuoc", "mat nap", "ket xe", "on ao", "lan chiem", "hoi thoi", "boc mui", "sat lo",
    "xay trai phep", "xay khong phep", "chua ai", "chua sua", "chua don", "chua lay", "nuoc duc", "nuoc ban",
    "khong ai", "bao gio moi", "bi mat", "bi gay", "bi sap",
    "broken", "not working", "never repaired", "blocked", "flooded", "noise",
)  # fmt: skip
# A question with such a word is one of the street.
STREET_MATTERS = (
    *STREET_FAULTS, "o ga", "sua", "be", "den duong", "nap cong", "ho ga", "cay", "karaoke", "via he", "dao duong",
    "lo cot", "dau xe", "do xe", "kenh", "cong", "cho tu phat", "hang rong", "cau sap", "cau", "duong", "xe rac",
    "tha rong", "rac", "xa ban", "khi nao don", "bao gio don", "cho tha rong", "i bay", "pothole", "repair",
    "repaired", "fix", "fixed", "garbage", "trash", "streetlight",
)  # fmt: skip

THANKS = (
    "cam on", "cam ta", "cam kich", "tri an", "khen", "xin tuyen duong", "duoc tuyen duong", "tuyen duong anh",
    "tuyen duong chi", "tuyen duong can bo", "tuyen duong nhan vien", "hai long", "biet on", "danh gia cao",
    "hoan nghenh", "ghi nhan", "chuc mung", "thank", "thanks", "thank you", "grateful", "great job", "good job",
    "well done", "many thanks", "appreciate", "excellent work", "hoan ho", "bravo",
)  # fmt: skip
PRAISE = (
    "xin tuyen duong", "duoc tuyen duong", "tuyen duong anh", "tuyen duong chi", "tuyen duong can bo",
    "tuyen duong nhan vien", "hai long", "biet on", "danh gia cao", "hoan nghenh", "ghi nhan tinh than", "xin khen",
    "hoan ho", "bravo", "khen ngoi", "duoc khen", "tri an", "cam kich", "great job", "good job", "well done",
    "grateful", "excellent work",
    "appreciate",
)  # fmt: skip
# Reasons for thanks: something was done, or somebody was kind.
DONE = (
    "da xu ly", "xu ly nhanh", "da sua", "sua ngay", "da duoc", "da don", "xong lien", "xong roi", "sach se",
    "sach dep", "nhanh chong", "nhiet tinh", "tan tam", "tan tinh", "de thuong", "chu dao", "vui ve", "da giup",
    "giup do", "lam viec tot", "lam viec rat tot", "rat tot", "tuyet voi", "kip thoi", "da va", "for fixing",
    "for your help", "so quickly", "helpful", "kind", "sach se han", "da den", "da ho tro", "nho co", "sua lai",
    "het ngap", "het hoi",
    "het ket", "het on", "het nghet", "sang lai", "chuyen nghiep", "who helped",
)  # fmt: skip
# Words after which thanks are a courtesy in a report.
BUT = (
    "nhung", "tuy nhien", "nho phuong", "nho co quan", "xin kiem tra", "mong", "de nghi", "yeu cau", "kinh mong",
    "lai co", "lai bi", "van con", "van chua", "van", "chua thay", "xin xu ly", "som xu ly", "xem xet", "but", "again",
    "please", "still", "however", "neu", "lam on", "cho nguoi", "for nothing", "is back", "are back",
)  # fmt: skip

OFFICIALS = (
    "can bo", "cong chuc", "vien chuc", "cong an phuong", "cong an khu vuc", "cong an xa", "canh sat khu vuc",
    "trat tu do thi", "tong dai vien", "truong phong", "pho phong", "lanh dao phuong", "lanh dao xa", "lanh dao",
    "chu tich phuong", "chu tich xa", "pho chu tich", "chu tich", "bi thu", "chuyen vien", "truong khu pho",
    "truong ap", "to truong", "nguoi tiep dan", "phong tiep dan", "bao ve uy ban", "bao ve phuong", "bao ve tru so",
    "bao ve tru so phuong",
    "nhan vien mot cua", "nhan vien tu phap", "nhan vien uy ban", "nhan vien phuong", "nhan vien xa",
    "nhan vien tiep nhan", "nhan vien phong", "nhan vien kho bac", "nhan vien thue", "nhan vien thu", "nhan vien truc",
    "nhan vien hotline", "nhan vien quay", "nhan vien tong dai", "nhan vien ho tich", "nhan vien dia chinh",
    "nhan vien tram y te", "nhan vien y te", "nhan vien hanh chinh", "nhan vien bao hiem", "nhan vien dien luc",
    "nhan vien cap nuoc", "co o quay", "anh o quay", "chi o quay", "o quay so", "phong nha dat", "phong tu phap",
    "tram y te phuong", "chi nhan vien", "anh nhan vien", "co nhan vien", "ong nhan vien", "thanh tra xay dung",
    "dia chinh", "ho tich", "ward staff", "staff at", "staff", "officer", "official", "officials", "clerk", "employee",
    "receptionist", "civil servant", "policeman", "nguoi tiep nhan", "can bo phuong",
)  # fmt: skip
CONDUCT = (
    "thai do", "hach dich", "hach sach", "nhung nhieu", "cua quyen", "cay quyen", "lam quyen", "vo trach nhiem",
    "thieu trach nhiem", "vo le", "tho lo", "coc loc", "coc can", "lanh lung", "kho chiu", "thieu lich su",
    "bat lich su", "thieu ton trong", "khong ton trong", "coi thuong", "khinh dan", "gay kho", "gay kho de", "lam kho",
    "phien ha", "hanh dan", "quat", "quat mang", "quat thao", "la mang", "mang", "chui", "chui boi", "chui tuc",
    "nat no", "nat", "ham doa", "de doa", "doa nat", "uc hiep", "bat nat", "bao che", "an chan", "an bot", "doi tien",
    "vi tien", "voi vinh", "voi tien", "nhan tien", "lay tien", "nhan hoi lo", "hoi lo", "boi duong", "lot tay",
    "dut lot", "tieu cuc", "khong tiep", "khong chiu tiep", "khong chiu gap", "khong giai quyet", "ne tranh",
    "dun day", "khong them", "bam dien thoai", "cup may", "hua leo", "that hua", "hen toi hen lui", "hen lan hen lua",
    "chay len chay xuong", "duoi ve", "duoi dan", "duoi nguoi dan", "phan biet doi xu", "thien vi", "tu choi", "bo di",
    "khong cho vao", "to cao", "khieu nai", "ky luat", "sai pham", "xuc pham", "tham nhung", "rude", "bribe", "bribes",
    "impolite", "unhelpful", "complaint", "complain", "ignored", "shouted", "yelled", "insulted", "laughed at",
    "demanded money", "asked for money", "refused", "playing with", "arrogant", "corrupt", "harassed", "discriminated",
    "threatened", "extra money", "under the table", "cuc can", "den tre", "di tre", "tac trach", "lam viec rieng",
    "khong cho vo", "khong cho toi vo", "khong cho toi vao",
)  # fmt: skip
# Discontent with how an office handled something.
DISCONTENT = (
    "khong hai long", "chua hai long", "khong dong y", "bat binh", "buc xuc", "that vong", "khieu nai", "to cao",
    "not satisfied", "dissatisfied", "disappointed", "unhappy",
)  # fmt: skip
HANDLING = (
    "ket qua xu ly", "ket qua giai quyet", "cach giai quyet", "cach xu ly", "cach lam viec", "viec xu phat",
    "cach tra loi", "phan anh cua toi", "phan anh cua em", "quyet dinh xu phat", "cau tra loi", "way of handling",
    "how you handled", "your answer", "your reply",
)  # fmt: skip
UNHEARD = (
    "khong ai tiep", "don cua toi bi ngam", "don bi ngam", "don khong ai tra loi", "ngam don", "ngam ho so",
    "bi ngam", "nobody received me",
)  # fmt: skip

# Staff of categories that can be reported, such as buses and building sites.
OTHER_STAFF = (
    "xe buyt", "xe bus", "tai xe", "tiep vien", "phu xe", "cong trinh", "cong nhan", "thu gom rac", "gom rac",
    "quan nhau", "nha hang", "cua hang", "khach san", "chung cu", "ban quan ly chung cu", "benh vien", "truong hoc",
    "giao vien", "bao mau", "hang xom", "karaoke", "bai xe", "bai giu xe", "bus", "driver", "restaurant", "hospital",
)  # fmt: skip


def kind_in_words(text: str) -> str:
    """Enquiry.Kind that a text may be; "" for none."""
    padded = f" {' '.join(SHORT.get(word, word) for word in plain(text[:MOST_CHARS]).split())} "
    if find_dangers(text):
        return ""
    if is_complaint(padded):
        return K.COMPLAINT
    if is_thanks(padded):
        return K.THANKS
    return K.QUESTION if is_question(padded, asks="?" in text) else ""


def is_complaint(padded: str) -> bool:
    if mentions(padded, OTHER_STAFF):
        return False
    of_handling = mentions(padded, UNHEARD) or (mentions(padded, DISCONTENT) and mentions(padded, HANDLING))
    return of_handling or (mentions(padded, OFFICIALS) and mentions(padded, CONDUCT))


def is_thanks(padded: str) -> bool:
    """Whether it begins with thanks or praise, or gives the reason: thanks at the end of a report are a courtesy."""
    if not mentions(padded, THANKS) or mentions(padded, BUT):
        return False
    if mentions(padded, PRAISE) or mentions(padded, DONE):
        return True
    beginning = f" {' '.join(padded.split()[:BEGINNING])} "
    return mentions(beginning, THANKS) and not mentions(padded, STREET_FAULTS)


def is_question(padded: str, *, asks: bool) -> bool:
    explicit = mentions(padded, EXPLICITLY_ASKING)
    if mentions(padded, OFFICE_MATTERS):
        return (explicit or asks or mentions(padded, ASKING) or padded.endswith(" khong ")) and not is_of_street(padded)
    return explicit and not mentions(padded, STREET_MATTERS)


def is_of_street(padded: str) -> bool:
    rest = padded
    for phrase in OFFICE_MATTERS:  # “khởi công” is no “cống”
        rest = rest.replace(f" {phrase} ", " , ")
    return count(rest, STREET_MATTERS) > count(padded, OFFICE_MATTERS)


def mentions(padded: str, phrases: tuple[str, ...]) -> bool:
    return any(f" {phrase} " in padded for phrase in phrases)


def count(padded: str, phrases: tuple[str, ...]) -> int:
    return sum(f" {phrase} " in padded for phrase in phrases)
