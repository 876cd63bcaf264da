//! Blocks that describe their codes, made symbol by symbol, and judged as by the C zlib.

use super::against_zlib::assert_judged_as_by_zlib;
use super::*;

/// The order in which a block has the lengths of the codes that the others are written in.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END: usize = 256;

/// One bit each, in the order in which they are read.
#[derive(Default)]
struct BitsOf(Vec<u8>);

impl BitsOf {
    fn number(&mut self, value: usize, bits: usize) {
        self.0.extend((0..bits).map(|bit| (value >> bit & 1) as u8));
    }

    /// The code of a symbol: codes of one length follow each other, and shorter ones come first.
    fn code(&mut self, lengths: &[u8], symbol: usize) {
        let all = || lengths.iter().enumerate().filter(|(_, length)| **length > 0);
        let length = lengths[symbol];
        let before = all().filter(|(it, other)| (**other, *it) < (length, symbol));
        let code = before.fold(0, |code, (_, other)| code + (1u32 << (length - other)));
        self.0.extend((0..length).rev().map(|bit| (code >> bit & 1) as u8));
    }

    /// The end of a header block.
    fn flushed(mut self) -> Vec<u8> {
        self.number(0, 3);
        [&[0x78, 0xBB][..], &dictionary().id, &bytes_of(&self.0), &[0, 0, 0xFF, 0xFF]].concat()
    }
}

/// A symbol of the description, and the value of its extra bits.
type Step = (usize, usize);

#[derive(Clone, Debug)]
struct Block {
    symbols: Vec<u8>,
    distances: Vec<u8>,
    /// Of the symbols of the description.
    own: Vec<u8>,
    steps: Vec<Step>,
    /// Symbols, of which those that have no code are left out, and what decides on the rest.
    text: Vec<(usize, usize)>,
}

impl Block {
    /// With a code of its own for each length, and no repetitions.
    fn plain(symbols: Vec<u8>, distances: Vec<u8>) -> Self {
        let steps = symbols.iter().chain(&distances).map(|length| (usize::from(*length), 0));
        let (own, steps) = (complete(16), steps.collect());
        Self { symbols, distances, own, steps, text: Vec::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bits = BitsOf::default();
        bits.number(0b100, 3);
        bits.number(self.symbols.len() - 257, 5);
        bits.number(self.distances.len() - 1, 5);
        bits.number(19 - 4, 4);
        for symbol in ORDER {
            bits.number(self.own.get(symbol).copied().unwrap_or_default().into(), 3);
        }
        for &(symbol, extra) in &self.steps {
            if self.own.get(symbol).is_some_and(|length| *length > 0) {
                bits.code(&self.own, symbol);
                bits.number(extra, [2, 3, 7].get(symbol.wrapping_sub(16)).copied().unwrap_or(0));
            }
        }
        for &(symbol, rest) in &self.text {
            self.symbol(symbol % self.symbols.len(), rest, &mut bits);
        }
        if self.symbols[END] > 0 {
            bits.code(&self.symbols, END);
        }
        bits.flushed()
    }

    /// A literal, or a match of some distance that is not too far.
    fn symbol(&self, symbol: usize, rest: usize, bits: &mut BitsOf) {
        let distances = || (0..18).filter(|it| self.distances.get(*it).is_some_and(|it| *it > 0));
        let count = distances().count();
        if self.symbols[symbol] == 0 || symbol == END || (symbol > END && count == 0) {
            return;
        }
        bits.code(&self.symbols, symbol);
        if symbol > END {
            let extra = match symbol - 257 {
                it @ 8..28 => it / 4 - 1,
                _ => 0,
            };
            bits.number(rest, extra);
            let distance = distances().nth(rest % count).unwrap();
            bits.code(&self.distances, distance);
            bits.number(rest >> 5, (distance / 2).saturating_sub(1));
        }
    }
}

/// So many codes of four or five bits that leave nothing over.
fn complete(count: usize) -> Vec<u8> {
    assert!((16..=32).contains(&count));
    let longer = 2 * (count - 16);
    (0..count).map(|at| if at < longer { 5 } else { 4 }).collect()
}

/// 257 symbols, of which some have codes of one bit.
fn symbols(used: &[usize]) -> Vec<u8> {
    (0..257).map(|symbol| u8::from(used.contains(&symbol))).collect()
}

/// What RFC 1951 leaves open is decided as C zlib does.
#[test]
fn descriptions_of_codes_are_taken_or_refused() {
    let usual = || Block::plain(symbols(&[0, END]), vec![1, 1]);
    let with = |change: &dyn Fn(&mut Block)| {
        let mut block = usual();
        change(&mut block);
        block
    };
    let more = |symbols: usize, distances: usize| {
        let mut lengths = usual().symbols;
        lengths.resize(symbols, 0);
        Block::plain(lengths, vec![0; distances])
    };
    // All lengths but the last four zeros, and one step more.
    let ending_with = |step: Step| {
        with(&|block| {
            block.distances = vec![1, 1, 0, 0, 0];
            block.own = complete(19);
            block.steps.truncate(258);
            block.steps.extend([(1, 0), step]);
        })
    };
    for (case, block, is_taken) in [
        ("two codes of one bit", usual(), true),
        ("one code of one bit", Block::plain(symbols(&[END]), vec![1, 1]), true),
        ("three codes of one bit", Block::plain(symbols(&[0, 1, END]), vec![1, 1]), false),
        ("no code for the end", Block::plain(symbols(&[0, 1]), vec![1, 1]), false),
        ("no distance", Block::plain(symbols(&[0, END]), vec![0]), true),
        ("one distance of one bit", Block::plain(symbols(&[0, END]), vec![1]), true),
        ("one distance of two bits", Block::plain(symbols(&[0, END]), vec![2]), false),
        ("two distances of two bits", Block::plain(symbols(&[0, END]), vec![2, 2]), false),
        ("three distances of one bit", Block::plain(symbols(&[0, END]), vec![1, 1, 1]), false),
        ("286 symbols and 30 distances", more(286, 30), true),
        ("287 symbols", more(287, 30), false),
        ("31 distances", more(286, 31), false),
        ("steps with codes that leave some over", with(&|it| it.own[3] = 0), false),
        ("steps with more codes than there are", with(&|it| it.own[3] = 3), false),
        ("steps without codes", with(&|it| it.own.fill(0)), false),
        ("zeros to the end", ending_with((17, 0)), true),
        ("zeros beyond the end", ending_with((17, 1)), false),
        ("many zeros beyond the end", ending_with((18, 0)), false),
        ("a repetition to the end", ending_with((16, 0)), false), // four codes of one bit
        (
            "a repetition of nothing",
            with(&|block| {
                block.own = complete(19);
                block.steps.insert(0, (16, 0));
            }),
            false,
        ),
        (
            "a repetition from one alphabet into the other",
            with(&|block| {
                block.own = complete(19);
                block.symbols[255] = 2;
                block.symbols[256] = 2;
                block.distances = vec![2; 4];
                block.steps = vec![(1, 0), (18, 127), (18, 105), (2, 0), (16, 2)];
            }),
            true,
        ),
    ] {
        let bytes = block.bytes();
        let result = Inflater::new(dictionary()).inflate(&bytes, LIMIT, LIMIT);
        let expected = if is_taken { Ok(0) } else { Err(InflateError::Corrupt) };
        assert_eq!(result.map(|inflated| inflated.len()), expected, "{case}");
        assert_judged_as_by_zlib(&bytes).expect(case);
    }
}

/// The shortest dynamic blocks, as many as there may be: none is one too many.
#[test]
fn empty_dynamic_blocks_are_taken() {
    let (mut deflater, mut inflater) = pair(Compression::Off);
    inflater.inflate(&deflate(&mut deflater, b"x"), WANTED, LIMIT).unwrap();
    let mut own = vec![0; 19];
    (own[1], own[18]) = (1, 1);
    let block = Block {
        own,
        steps: vec![(18, 127), (18, 107), (1, 0), (1, 0)],
        ..Block::plain(symbols(&[END]), vec![1])
    };
    // Behind the zlib header, and before the flush.
    let (mut bits, whole) = (Vec::new(), block.bytes());
    for byte in &whole[HEADER_LEN..whole.len() - 4] {
        bits.extend((0..8).map(|bit| byte >> bit & 1));
    }
    bits.truncate(3 + 14 + 19 * 3 + 2 * 8 + 2 + 1);
    let mut many = bytes_of(&[bits.repeat(800), vec![0; 3]].concat());
    many.extend([0, 0, 0xFF, 0xFF]);
    for _ in 0..20 {
        assert_eq!(inflater.inflate(&many, WANTED, LIMIT), Ok(Inflated::Whole(Vec::new())));
    }
}

/// Lengths of the codes of some symbols, so many at most and none longer: mostly of a code that
/// leaves nothing over, but also of others.
fn lengths(symbols: usize, longest: u8) -> impl Strategy<Value = Vec<u8>> {
    let split = move |cuts: Vec<(usize, usize)>| {
        let (mut codes, mut lengths) = (vec![0], vec![0; symbols]);
        for (cut, _) in &cuts {
            let at = cut % codes.len();
            if codes[at] < longest && codes.len() < symbols {
                codes[at] += 1;
                codes.push(codes[at]);
            }
        }
        let (mut at, mut steps) = (0, cuts.iter().cycle());
        for length in codes {
            at = (at + steps.next().map_or(0, |(_, step)| *step)) % symbols;
            while lengths[at] > 0 {
                at = (at + 1) % symbols;
            }
            lengths[at] = length;
        }
        lengths
    };
    let whole = prop::collection::vec((any::<usize>(), 0..symbols), 1..symbols).prop_map(split);
    prop_oneof![
        8 => whole.clone(),
        1 => (whole, 0..symbols, 0..=longest).prop_map(|(mut lengths, at, length)| {
            lengths[at] = length;
            lengths
        }),
        1 => (0..symbols, 0..=longest).prop_map(move |(at, length)| {
            (0..symbols).map(|symbol| if symbol == at { length } else { 0 }).collect()
        }),
        1 => prop::collection::vec(0..=longest, symbols),
    ]
}

/// Lengths as steps, with repetitions where there may be any and the dice say so.
fn steps(lengths: &[u8], dice: &[usize]) -> Vec<Step> {
    let (mut steps, mut at) = (Vec::new(), 0);
    let mut dice = dice.iter().cycle();
    while at < lengths.len() {
        let same = lengths[at..].iter().take_while(|it| **it == lengths[at]).count();
        let die = *dice.next().unwrap();
        let is_again = at > 0 && lengths[at - 1] == lengths[at];
        let (step, count) = match lengths[at] {
            0 if same >= 11 && die % 4 > 0 => ((18, same.min(138) - 11), same.min(138)),
            0 if same >= 3 && die % 8 > 0 => ((17, same.min(10) - 3), same.min(10)),
            _ if same >= 3 && is_again && die % 8 > 0 => ((16, same.min(6) - 3), same.min(6)),
            length => ((usize::from(length), 0), 1),
        };
        steps.push(step);
        at += count;
    }
    steps
}

fn block() -> impl Strategy<Value = Block> {
    let counts = prop_oneof![
        8 => (257..=286usize, 1..=30usize),
        1 => (257..=288usize, 1..=32usize),
    ];
    let own = prop_oneof![8 => Just(complete(19)), 2 => lengths(19, 7)];
    let parts = counts.prop_flat_map(|(symbols, distances)| {
        (lengths(symbols, 15), prop_oneof![lengths(distances.max(2), 15), Just(vec![0; distances])])
    });
    let text = prop::collection::vec((any::<usize>(), any::<usize>()), 0..200);
    let dice = prop::collection::vec(any::<usize>(), 1..50);
    (parts, own, text, dice, any::<usize>()).prop_map(
        |((mut symbols, distances), own, text, dice, end)| {
            // Nearly always there is an end.
            if symbols[END] == 0 && end % 16 > 0 {
                let used = symbols.iter().position(|length| *length > 0).unwrap_or(0);
                symbols.swap(used, END);
            }
            let steps = steps(&[&symbols[..], &distances].concat(), &dice);
            Block { symbols, distances, own, steps, text }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn described_blocks_are_judged_as_by_zlib(
        block in block(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 0..3),
        is_changed in prop::bool::weighted(0.2),
    ) {
        let mut bytes = block.bytes();
        for (at, byte) in changes.into_iter().filter(|_| is_changed) {
            let at = HEADER_LEN + at % (bytes.len() - HEADER_LEN);
            bytes[at] ^= byte;
        }
        assert_judged_as_by_zlib(&bytes)?;
    }
}
