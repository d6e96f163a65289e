//! Sentences of several languages, to be put together in any order.

/// A kind of text, and pieces of it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) pieces: &'static [&'static str],
}

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "English",
        pieces: &[
            "The harbour was empty when we arrived, except for two boats that nobody had used since the spring. ",
            "It took her three years, and most of her savings, to restore the house that her grandfather had built in 1912.\n",
            "Nothing in the report explains why the second pump failed; the first one had been replaced a week earlier.\n\n",
            "If you want to know how a city works, look at what it does with its water, its waste and its oldest streets. ",
            "\"I don't think so,\" he said, and closed the door (it never closed properly) behind him. ",
            "Light from the nearest star takes 4.2 years to reach us - a short way, by the standards of astronomy. ",
            "She read the letter twice. Then she put it back into the drawer, under the maps, where it had always been.\n",
            "A good recipe says what the dough should feel like; a bad one gives a number of minutes and hopes for the best. ",
        ],
    },
    Kind {
        name: "code",
        pieces: &[
            "    for (index, value) in self.values.iter().enumerate() {\n        total += value * weights[index];\n    }\n",
            "def read_config(path, default=None):\n    \"\"\"Read a JSON file.\"\"\"\n    with open(path) as f:\n        return json.load(f)\n\n",
            "if (a < b && c[i] != '\\n') {\n\tprintf(\"%d: %s\\n\", i, &name[i]);\n\treturn a<b ? -1 : 1;\n}\n",
            "let words: Vec<&str> = line.split_whitespace().collect();\nassert_eq!(words.len(), 3, \"{line}\\n\");\n",
            "<div class=\"row\"><b>{{ title }}</b><br/><span>&nbsp;{{ price }} &euro;</span></div>\n",
            "export const getUserById = async (id) => {\n  const { rows } = await db.query('SELECT * FROM users WHERE id = $1', [id]);\n  return rows[0];\n};\n",
            "static int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }\n",
            "# frozen_string_literal: true\nmodule Admin\n  class UsersController < ApplicationController\n    before_action :set_user\n",
        ],
    },
    Kind {
        name: "curly",
        pieces: &[
            "\u{201C}It doesn\u{2019}t matter,\u{201D} she said, and looked out of the window at the boats in the harbour below. ",
            "The caf\u{E9} on the corner \u{2013} the one with the green door \u{2013} has been closed since the end of last summer. ",
            "He waited for an answer\u{2026} None came, so he picked up his coat and left without another word to anyone there. ",
            "Nothing in the report explains why the second pump failed; the first one had been replaced a week earlier.\n\n",
            "If you want to know how a city works, look at what it does with its water \u{2014} and with its oldest streets. ",
        ],
    },
    Kind {
        name: "Russian",
        pieces: &[
            "Съешь же ещё этих мягких французских булок, да выпей чаю. ",
            "Когда мы приехали, гавань была пуста, если не считать двух лодок, которыми никто не пользовался с весны. ",
            "В 1912 году её дед построил этот дом; на его восстановление ушло три года и почти все сбережения.\n",
            "— Не думаю, — сказал он и закрыл за собой дверь (она никогда не закрывалась как следует). ",
            "Свет от ближайшей звезды идёт к нам 4,2 года: по меркам астрономии это совсем недалеко. ",
        ],
    },
    Kind {
        name: "Chinese",
        pieces: &[
            "我们到达的时候，港口空无一人，只有两条从春天起就没有人用过的船。",
            "她花了三年时间和大部分积蓄，才修好祖父在1912年建造的房子。\n",
            "报告里没有任何内容解释第二台水泵为什么会出故障；第一台一周前刚刚更换过。",
            "如果想知道一座城市是怎样运转的，就看看它如何处理水、垃圾和最古老的街道。",
            "离我们最近的恒星发出的光要走4.2年才能到达地球。",
        ],
    },
    Kind {
        name: "Japanese",
        pieces: &[
            "私たちが着いたとき、港には春から誰も使っていない二隻の船があるだけだった。",
            "祖父が1912年に建てた家を直すのに、彼女は三年の歳月と貯金のほとんどを費やした。\n",
            "レポートには、二台目のポンプがなぜ故障したのか、どこにも書かれていない。",
            "「そうは思わない」と彼は言って、ドアを閉めた。",
        ],
    },
    Kind {
        name: "Hindi",
        pieces: &[
            "जब हम पहुँचे तो बंदरगाह खाली था, सिवाय दो नावों के जिनका वसंत से किसी ने उपयोग नहीं किया था। ",
            "उसके दादा ने यह घर 1912 में बनाया था; इसे ठीक करने में तीन साल और लगभग सारी बचत लग गई।\n",
            "रिपोर्ट में यह नहीं बताया गया है कि दूसरा पंप क्यों खराब हुआ। ",
        ],
    },
    Kind {
        name: "Korean",
        pieces: &[
            "우리가 도착했을 때 항구는 봄부터 아무도 쓰지 않은 배 두 척 말고는 비어 있었다. ",
            "할아버지가 1912년에 지은 집을 고치는 데 삼 년이라는 시간과 저축의 대부분이 들었다.\n",
            "보고서 어디에도 두 번째 펌프가 왜 고장 났는지는 나와 있지 않다. ",
        ],
    },
    Kind {
        name: "French",
        pieces: &[
            "Le port était désert à notre arrivée, hormis deux bateaux dont personne ne s'était servi depuis le printemps. ",
            "Il lui a fallu trois années, et la plupart de ses économies, pour rénover la maison bâtie par son grand-père en 1912.\n",
            "Rien dans le rapport n'explique pourquoi la deuxième pompe est tombée en panne ; la première venait d'être remplacée. ",
            "« Je ne crois pas », dit-il, et il referma derrière lui la porte, qui n'avait jamais bien fermé. ",
        ],
    },
    Kind {
        name: "Greek",
        pieces: &[
            "Όταν φτάσαμε, το λιμάνι ήταν άδειο, εκτός από δύο βάρκες που κανείς δεν είχε χρησιμοποιήσει από την άνοιξη. ",
            "Της πήρε τρία χρόνια, και τις περισσότερες οικονομίες της, για να φτιάξει το σπίτι του παππού της.\n",
        ],
    },
];

/// Texts of one kind and about one length, no two alike.
pub(crate) fn texts(kind: &Kind, bytes: usize, count: usize) -> Vec<String> {
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let mut text = || {
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(kind.pieces.get(next(kind.pieces.len())).copied().unwrap_or_default());
        }
        let mut cut = next(40); // so that blocks begin anywhere
        while !text.is_char_boundary(cut) {
            cut += 1;
        }
        let mut end = bytes.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text[cut..end].to_owned()
    };
    (0..count).map(|_| text()).collect()
}
