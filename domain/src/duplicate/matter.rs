//! What petitions complain of, and the words for it.

use std::{collections::BTreeSet, sync::LazyLock};

use aho_corasick::AhoCorasick;

/// What a petition complains of, as far as its words tell.
///
/// Finer than the fields of the catalogue: within one field a hole and a flood at the same corner are two matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Matter {
    Lighting,
    Signals,
    RoadSurface,
    Manhole,
    Flood,
    Drain,
    Sewage,
    Rubbish,
    Burning,
    Noise,
    Pavement,
    Parking,
    Smoke,
    Dust,
    Smell,
    TapWater,
    Tree,
    Cable,
    Pylon,
    Dogs,
    Livestock,
    RoadSign,
    Building,
    Railing,
    Oil,
    Speeding,
    Overload,
    Jam,
    BurstPipe,
    Advert,
    Carcass,
    Landslide,
    Playground,
    Bench,
    Nails,
    Touts,
    Toilet,
    Drugs,
    Gambling,
    Fireworks,
    Weeds,
    RoadMarking,
    SpeedHump,
    LeakingPower,
    PowerCut,
    Elevator,
    Vendors,
    PublicLand,
    Prostitution,
    Fees,
    Conduct,
    Fire,
    FoodSafety,
    Drowning,
}

/// The terms of each. Those without marks are sought in the folded text and are mostly two words, since folding makes one of many
/// (`on` is ồn, ơn and ổn); those with marks only in texts that have them.
const TERMS: &[(Matter, &str)] = &[
    (
        Matter::Lighting,
        "den duong, cot den, bong den, chieu sang, den chieu, den hong, den tat, khong sang, toi om, den cong \
         cong, khong co den, chua co den, mat den, thieu den, lap den, lap them den, bat den, đèn cao áp, đèn \
         ngõ, đèn cháy, đèn không, đèn chưa, đèn bị, tối quá, tối thui, không có đèn, đèn trước, den cao ap, \
         đèn phố, đèn sáng",
    ),
    (Matter::Signals, "den tin hieu, den giao thong, tin hieu giao thong, den do, den xanh, den vang"),
    (
        Matter::RoadSurface,
        "o ga, o voi, ho sau, cai ho, lun, sut, xuong cap, nut vo, bi nut, vo nat, be tong vo, be tong nut, \
         mat duong hu, mat duong hong, hu hong nang, hoan tra, dao duong, cay nat, cay xoi, loi lom, bong \
         nhua, bong troc, bong mat duong, duong xau, long duong bi, mat duong loi, mat duong bong, duong be \
         tong, duong vo, duong nat, ho to, ho giua, ổ gà, hố to, có hố, sụp",
    ),
    (Matter::Manhole, "nap cong, nap ho, nap ga, ho ga, mat nap"),
    (
        Matter::Flood,
        "ngap, dong nuoc, nuoc dong, nuoc sau, lut, nuoc dang, nuoc khong rut, nuoc chua rut, nuoc vao nha",
    ),
    (
        Matter::Drain,
        "tac cong, cong tac, nuoc cong, cong thoat, thoat nuoc, trao nguoc, nuoc tran, muong tac, kenh tac, \
         bi tac, tac muong, nghẹt, cống tắc",
    ),
    (
        Matter::Sewage,
        "nuoc thai, xa thai, xa thang, o nhiem, den ngom, den kit, nuoc den, nuoc ri, nuoc ban, xa ra muong, \
         do nuoc",
    ),
    (Matter::Rubbish, "rac, phe thai, thu gom, do trom, phe lieu, chat thai, gach vun, voi vua"),
    (Matter::Burning, "dot rac, chay rac, dot rom, dot phe, đốt, dot ca dem"),
    (
        Matter::Noise,
        "on ao, gay on, tieng on, on qua, rat on, karaoke, loa, mo nhac, nhac to, am luong, am i, am am, \
         khoan duc, hat ho, qua on, on suot, va on, tieng cat, han cat, cua xe, dinh tai, nhuc oc, la het, ho \
         het, mat ngu, khong ngu, keo keo, rat to, ồn, gáy, hú hét, nẹt pô, ầm ĩ, gay am, tieng keu",
    ),
    (
        Matter::Pavement,
        "lan chiem, long duong lam, lan duong, bay ban, ban ghe, chiem via, chiem het, tran ra via, het via \
         he, het loi di",
    ),
    (
        Matter::Parking,
        "do xe, dau xe, de xe, xe do, dung do, do trai, do sai, do kin, do qua, container do, container dau, \
         de o to, do o to, o to dau, do ngoai, xe dau",
    ),
    (Matter::Smoke, "khoi, khet, khi thai"),
    (Matter::Dust, "bui, roi vai"),
    (Matter::Smell, "mui, hoi thoi, hoi tanh, nong nac, hôi, thối, thoi khong chiu"),
    (
        Matter::TapWater,
        "nuoc may, nuoc sach, nuoc sinh hoat, mat nuoc, nuoc yeu, nuoc duc, ap luc nuoc, nuoc nho giot, nuoc \
         chay nho",
    ),
    (
        Matter::Tree,
        "cay xanh, cay to, canh cay, cay do, cay gay, cay nghieng, cay xa cu, chat cay, cat tia, cay chet, \
         nhanh cay, cay moc, trong cay, trong them cay, cây",
    ),
    (Matter::Cable, "day dien, duong dien, day cap, day mang, cap vien thong, cap quang, day internet, day thong tin"),
    (Matter::Pylon, "cot dien, tru dien"),
    (Matter::Dogs, "cho tha, tha rong, ro mom, dat cho, cho sua, cho dai, chó"),
    (
        Matter::Livestock,
        "trai lon, chan nuoi, trai ga, trau bo, con bo, con trau, bo di, bo tha, dan bo, trau tha, chuong \
         lon, nuoi lon, nuoi ga",
    ),
    (Matter::RoadSign, "bien bao, bien cam, bien chi"),
    (
        Matter::Building,
        "xay dung, trai phep, xay nha, xay lan, khong phep, dung xuong, lan dat, co noi, xây, xay tren dat, \
         dat ruong",
    ),
    (Matter::Railing, "hang rao, lan can, rao chan, ho lan"),
    (Matter::Oil, "dau nhot, dau loang, dau tran, dau do"),
    (Matter::Speeding, "qua toc do, chay au, phong nhanh, dua xe, lang lach, boc dau, dua o to, net po"),
    (Matter::Overload, "qua tai, qua kho, ho vo, cho nang, xe tai nang"),
    (Matter::Jam, "un tac, tac duong, ket xe"),
    (Matter::BurstPipe, "vo ong, ong nuoc vo, vo duong ong, ong vo, ro ri nuoc, ro nuoc, nuoc sach chay, xi nuoc"),
    (Matter::Advert, "quang cao, to roi, rao vat, dan giay, bang ron"),
    (Matter::Carcass, "lon chet, ga chet, ca chet, xac lon, xac ga, xac cho, xac dong vat"),
    (Matter::Landslide, "sat lo, sat bo, sut lo, lo dat"),
    (Matter::Playground, "xich du, cau truot, du quay, thiet bi tap"),
    (Matter::Bench, "ghe da, ghe cong vien"),
    (Matter::Nails, "rai dinh, dinh tac"),
    (Matter::Touts, "cheo keo, tranh gianh khach, xe du, taxi du, bat khach, don khach, don tra"),
    (Matter::Toilet, "nha ve sinh"),
    (Matter::Drugs, "nghien, ma tuy, kim tiem, hut chich"),
    (Matter::Gambling, "co bac, danh bac, choi de, da ga"),
    (Matter::Fireworks, "phao"),
    (Matter::Weeds, "beo tay, co dai, nao vet, co moc"),
    (Matter::RoadMarking, "vach ke, ke vach, vach son, vach sang duong, vach qua, vach cho nguoi, vạch"),
    (Matter::SpeedHump, "giam toc"),
    (Matter::LeakingPower, "dien giat, ro dien, ho dien"),
    (Matter::PowerCut, "mat dien, cat dien, dien yeu, dien chap chon, dien ap"),
    (Matter::Elevator, "thang may"),
    (Matter::Vendors, "hang rong, cho coc, hop cho"),
    (Matter::PublicLand, "dat cong, dat nong nghiep"),
    (Matter::Prostitution, "mai dam"),
    (Matter::Fees, "thu qua, qua gia, gui xe, thu phi, thu tien"),
    (Matter::Conduct, "thai do, tho lo, hach sach, quat mang"),
    (Matter::Fire, "bi chay, bao chay, chua chay, cháy nhà"),
    (Matter::FoodSafety, "do an, an vat, ve sinh an toan, ngo doc"),
    (Matter::Drowning, "duoi nuoc, nga xuong ao"),
];

/// All terms in one automaton, each as whole tokens, and the matter of each.
static SOUGHT: LazyLock<Option<(AhoCorasick, Vec<Matter>)>> = LazyLock::new(|| {
    let terms = TERMS.iter().flat_map(|(matter, terms)| terms.split(", ").map(|term| (format!(" {term} "), *matter)));
    let (terms, matters): (Vec<String>, Vec<Matter>) = terms.unzip();
    Some((AhoCorasick::new(terms).ok()?, matters))
});

impl Matter {
    /// Those that are named in the tokens of a text, one space between, folded and with marks.
    pub(super) fn named_in(folded: &str, marked: &str) -> BTreeSet<Self> {
        let Some((sought, matters)) = &*SOUGHT else { return BTreeSet::new() };
        // The line feed is in no term, so that none is found across.
        let tokens = format!(" {folded} \n {marked} ");
        sought
            .find_overlapping_iter(&tokens)
            .filter_map(|found| matters.get(found.pattern().as_usize()).copied())
            .collect()
    }
}
