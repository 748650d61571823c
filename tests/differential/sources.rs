//! Sources made up by chance, the same ones every time: every construct of the language, with blanks, newlines and comments
//! wherever they may stand, and some places where they may not.
//! Knows nothing of who reads them.

/// Numbers that look random and are the same every time (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// Blanks within a line.
    fn blank(&mut self) -> &'static str {
        self.pick(&["", "", " ", " ", "  ", "\t", "    ", " /* c */ "])
    }

    /// The end of a line within brackets, or none.
    fn gap(&mut self) -> &'static str {
        self.pick(&["", "", "", " ", "\n", "\n\n", " # c\n", "\n# d\n", "// e\n", "\t\n"])
    }

    fn listed(&mut self, depth: usize, most: usize) -> String {
        let items: Vec<String> = (0..self.roll(most + 1)).map(|_| self.expression(depth)).collect();
        let between = format!(",{}", self.gap());
        format!("{}{}{}{}", self.gap(), items.join(&between), self.pick(&["", "", ","]), self.gap())
    }

    fn object(&mut self, depth: usize) -> String {
        let between = self.pick(&[",", "\n", ",\n", ", ", "\n\n", " # c\n"]);
        let mut items = Vec::new();
        for _ in 0..self.roll(4) {
            let key = self.pick(&["k", "\"k\"", "key", "longer_key", "(a)", "\"a${b}\"", "é"]);
            let sign = self.pick(&["=", "=", ":"]);
            items.push(format!("{key}{}{sign}{}{}", self.blank(), self.blank(), self.expression(depth)));
        }
        let (open, close) = if between == "," { ("", "") } else { (self.gap(), self.gap()) };
        format!("{{{open}{}{close}}}", items.join(between))
    }

    fn heredoc(&mut self, depth: usize) -> String {
        let mut lines = String::new();
        for _ in 0..self.roll(4) {
            let inner = self.expression(depth);
            let gap = self.gap();
            lines += &match self.roll(5) {
                0 => format!("  ${{ {inner} }}\n"),
                1 => format!("${{{gap}{inner}{gap}}} x\n"),
                2 => "%{ if a ~}\n%{endif}\n".to_owned(),
                _ => self.pick(&["  text\n", "a  \n", "\n", "   $${x}\n"]).to_owned(),
            };
        }
        format!("<<{}EOT\n{lines}{}EOT\n", self.pick(&["", "-"]), self.pick(&["", "  "]))
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "a",
                    "var.x",
                    "b-c",
                    "in",
                    "true",
                    "null",
                    "é",
                    "1",
                    "1.5",
                    "1e5",
                    "\"\"",
                    "\"x\"",
                    "\"$${x}\"",
                    "\"\\n\"",
                    "-1",
                    "- 1",
                    "!a",
                    "! a",
                    "[]",
                    "{ }",
                    "f( )",
                    "a [0]",
                    "a[*].b",
                    "a.*.b",
                    "a.0",
                    "in[0]",
                    "a::b(1)",
                    "\"${{a=1}}\"",
                    "\"${\"${a}\"}\"",
                    "\"${a}${b}\"",
                    "{a=1}.a",
                    "a-b",
                    "1 - -1",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        let (a, b) = (self.expression(depth), self.expression(depth));
        let (s, t) = (self.blank(), self.blank());
        match self.roll(13) {
            0 => format!(
                "{a}{s}{}{t}{b}",
                self.pick(&["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"])
            ),
            1 => format!("{a}{s}?{t}{b}{s}:{t}{a}"),
            2 => format!("({}{a}{})", self.gap(), self.gap()),
            3 | 4 => format!("[{}]", self.listed(depth, 3)),
            5 | 6 => self.object(depth),
            7 => format!("f({})", self.listed(depth, 3)),
            8 => format!("\"{}${{{s}{a}{t}}}{}\"", self.pick(&["", "x", "x "]), self.pick(&["", " y"])),
            9 => format!("\"${{{}{a}{}}}\"", self.gap(), self.gap()),
            10 => format!("[for {} in {a}{s}:{t}{b}{}]", self.pick(&["k", "k,v", "k ,  v"]), self.gap()),
            11 => format!("{{for k,v in {a}{s}:{t}{b}{s}=>{t}{a}{}}}", self.pick(&["", "...", " if a"])),
            _ => self.heredoc(depth),
        }
    }

    fn attribute(&mut self) -> String {
        let name = self.pick(&["a", "bb", "ccc", "type", "default", "a_very_long_name", "é"]);
        let number = self.roll(1000);
        let depth = self.roll(4);
        let value = self.expression(depth);
        let (s, t, u) = (self.blank(), self.blank(), self.pick(&["", "  ", "\t"]));
        let end = self.pick(&["", "", " ", "  # c", "// d", "/*z*/", " /* z */ # q"]);
        format!("{u}{name}{number}{s}={t}{value}{end}\n")
    }

    fn block(&mut self, depth: usize) -> String {
        let name = self.pick(&["resource", "variable", "b", "locals"]);
        let mut head = format!("{}{name}{}", self.pick(&["", "  ", "\t"]), self.pick(&["", "", " /*h*/"]));
        for _ in 0..self.roll(3) {
            head += self.pick(&[
                " x",
                "  \"y\"",
                " \"a b\"",
                "\"é\"",
                " \"\\n\"",
                " \"\"",
                " \"\\u00e9\"",
                " /*k*/ z",
                " \"\\t\\\\\\\"\"",
            ]);
        }
        let blank = self.blank();
        match self.roll(6) {
            0 => format!("{head}{blank} {{{blank}}}\n"),
            1 => format!("{head} {{{blank}type{blank}= {}}}\n", self.expression(1).replace('\n', " ")),
            _ => {
                let comment = self.pick(&["", "", " # c"]);
                format!("{head}{blank} {{{comment}\n{}{blank}}}{comment}\n", self.body(depth - 1))
            }
        }
    }

    /// A body with everything in it.
    pub fn body(&mut self, depth: usize) -> String {
        let mut out = String::new();
        for _ in 0..=self.roll(4) {
            out += &match self.roll(20) {
                0..10 => self.attribute(),
                10..14 if depth > 0 => self.block(depth),
                10..17 => self.pick(&["\n", "\n\n", "  \n"]).to_owned(),
                _ => self.pick(&["# c\n", "  // c\n", "/* b */\n", "\t# x  \n", "/* m\n  n */\n"]).to_owned(),
            };
        }
        out
    }

    /// A source with other blanks, and perhaps with something put in or left out, so that it may be broken.
    pub fn disturb(&mut self, source: &str) -> String {
        let mut out = String::new();
        for line in source.split_inclusive('\n') {
            let line = match self.roll(8) {
                0 => line.trim_start().to_owned(),
                1 => line.replace(" = ", "="),
                2 => line.replace(' ', self.pick(&["  ", "\t", " "])),
                3 => format!("{}{line}", self.pick(&["\n", "  ", "\t", "# c\n"])),
                4 => line.replace('\n', self.pick(&[" # c\n", "  \n", "\n\n", "\r\n"])),
                _ => line.to_owned(),
            };
            out += &line;
        }
        let mut chars: Vec<char> = out.chars().collect();
        for _ in 0..self.roll(3) {
            let at = self.roll(chars.len().max(1));
            let piece = self.pick(&["\n", " ", "#", "{", "}", "\"", "=", "-", "(", "]", ",", "/*x*/"]);
            match self.roll(2) {
                0 if at < chars.len() => drop(chars.remove(at)),
                _ => drop(chars.splice(at..at, piece.chars())),
            }
        }
        chars.into_iter().collect()
    }
}
