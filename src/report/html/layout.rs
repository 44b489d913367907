//! Where the boxes of a diagram go, and the lines between them: in columns, what is referred to on the left of what
//! refers to it. Lines run in the channels between the columns and through gaps that are left for them, so that none
//! crosses a box. The same boxes in the same order always come out the same.

use std::collections::{BTreeMap, BTreeSet};

/// Between two boxes in a column, and between a line and what is above or below it.
const GAP: i32 = 26;
const LANE_GAP: i32 = 12;
/// Around the whole.
const MARGIN: i32 = 12;
/// In a channel: at its sides, where the ends of lines are drawn, and between two lines.
const LEFT: i32 = 24;
const RIGHT: i32 = 34;
const STEP: i32 = 10;
/// How much wider than high a large diagram should be, in percent, and the width that a column is taken to have.
const ASPECT: f64 = 1.4;
const PITCH: f64 = 320.0;

/// A box, by its number, and the height in it at which a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) at: usize,
    pub(super) y: i32,
}

/// A line to be drawn, from what is referred to, to what refers to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) one: End,
    pub(super) many: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i32,
    pub(super) height: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) size: Size,
}

pub(super) type Point = (i32, i32);

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) boxes: Vec<Rect>,
    /// The corners of each line, from the one end to the many.
    pub(super) lines: Vec<Vec<Point>>,
    pub(super) size: Size,
}

pub(super) fn arrange(sizes: &[Size], links: &[Link]) -> Layout {
    let flows = flows(sizes.len(), links);
    let mut columns = Columns::new(sizes, &flows);
    let nets = Nets::new(links, &flows, &mut columns);
    columns.order(&nets);
    columns.place(&nets);
    columns.draw(sizes, links, &nets)
}

/// A link as it runs from left to right.
#[derive(Clone, Copy, Debug)]
struct Flow {
    from: End,
    to: End,
    /// It runs against the others, since they refer to each other in a circle.
    is_turned: bool,
}

/// None for what refers to itself.
fn flows(count: usize, links: &[Link]) -> Vec<Option<Flow>> {
    let mut next: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    let mut has_parent = vec![false; count];
    for link in links.iter().filter(|link| link.one.at != link.many.at) {
        next[link.one.at].insert(link.many.at);
        has_parent[link.many.at] = true;
    }
    let mut back = BTreeSet::new();
    let mut state = vec![Visit::New; count];
    let (roots, others): (Vec<usize>, Vec<usize>) = (0..count).partition(|at| !has_parent[*at]);
    roots.into_iter().chain(others).for_each(|at| visit(at, &next, &mut state, &mut back));
    let flow = |link: &Link| {
        let is_turned = back.contains(&(link.one.at, link.many.at));
        let (from, to) = if is_turned { (link.many, link.one) } else { (link.one, link.many) };
        (link.one.at != link.many.at).then_some(Flow { from, to, is_turned })
    };
    links.iter().map(flow).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// Finds what leads back to where one comes from.
fn visit(at: usize, next: &[BTreeSet<usize>], state: &mut [Visit], back: &mut BTreeSet<(usize, usize)>) {
    if state[at] != Visit::New {
        return;
    }
    state[at] = Visit::Open;
    for &to in &next[at] {
        if state[to] == Visit::Open {
            back.insert((at, to));
        } else {
            visit(to, next, state, back);
        }
    }
    state[at] = Visit::Done;
}

/// What stands in a column: a box, or the gap for a line that passes. Boxes come first, by their numbers.
#[derive(Clone, Copy, Debug)]
struct Item {
    column: usize,
    height: i32,
    y: i32,
    is_gap: bool,
}

#[derive(Debug)]
struct Columns {
    items: Vec<Item>,
    /// The items of each column, from above.
    columns: Vec<Vec<usize>>,
}

/// A step of a line from one column to the next: an item and the height in it, twice.
#[derive(Clone, Copy, Debug)]
struct Hop {
    from: End,
    to: End,
}

/// Lines that begin at one point share their way as far as they can.
#[derive(Debug)]
struct Nets {
    /// Of each link the net that it is part of, and the items on its way.
    ways: Vec<Option<(usize, Vec<End>)>>,
    /// The hops of each net.
    hops: Vec<Vec<Hop>>,
}

impl Nets {
    fn new(links: &[Link], flows: &[Option<Flow>], columns: &mut Columns) -> Self {
        let mut numbers: BTreeMap<(End, Option<usize>), usize> = BTreeMap::new();
        let mut gaps: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut nets = Self { ways: Vec::with_capacity(links.len()), hops: Vec::new() };
        for (number, flow) in flows.iter().enumerate() {
            let Some(Flow { from, to, is_turned }) = *flow else {
                nets.ways.push(None);
                continue;
            };
            let count = numbers.len();
            let net = *numbers.entry((from, is_turned.then_some(number))).or_insert(count);
            nets.hops.resize(numbers.len(), Vec::new());
            let between = columns.items[from.at].column + 1..columns.items[to.at].column;
            let gap_in = |column| End { at: *gaps.entry((net, column)).or_insert_with(|| columns.gap(column)), y: 0 };
            let mut way = vec![from];
            way.extend(between.map(gap_in));
            way.push(to);
            for pair in way.windows(2) {
                let hop = Hop { from: pair[0], to: pair[1] };
                if !nets.hops[net].iter().any(|other| (other.from, other.to) == (hop.from, hop.to)) {
                    nets.hops[net].push(hop);
                }
            }
            nets.ways.push(Some((net, way)));
        }
        nets
    }

    fn all(&self) -> impl Iterator<Item = &Hop> {
        self.hops.iter().flatten()
    }
}

impl Columns {
    fn new(sizes: &[Size], flows: &[Option<Flow>]) -> Self {
        let arcs: BTreeSet<(usize, usize)> = flows.iter().flatten().map(|flow| (flow.from.at, flow.to.at)).collect();
        let is_linked = |at: usize| arcs.iter().any(|(from, to)| *from == at || *to == at);
        let heights: Vec<i32> = sizes.iter().map(|size| size.height).collect();
        let total: i32 = heights.iter().map(|height| height + GAP).sum();
        let wanted = usable((ASPECT * f64::from(total) / PITCH).sqrt()).max(sizes.len().min(3));
        let tallest = heights.iter().max().copied().unwrap_or_default();
        let limit = (total / i32::try_from(wanted).unwrap_or(1) * 4 / 3).max(tallest + GAP).max(560);
        let mut columns: Vec<Vec<usize>> = Vec::new();
        let mut rows = vec![0; sizes.len()];
        for rank in by_rank(&ranks(sizes.len(), &arcs), &is_linked) {
            // Those that refer to the same stand together, so that a column that is too high is cut at a good place.
            let mut rank: Vec<(usize, usize)> = rank
                .into_iter()
                .map(|at| {
                    (arcs.iter().filter(|(_, to)| *to == at).map(|(from, _)| rows[*from]).min().unwrap_or(at), at)
                })
                .collect();
            rank.sort_unstable();
            rank.iter().enumerate().for_each(|(row, (_, at))| rows[*at] = row);
            let height: i32 = rank.iter().map(|(_, at)| heights[*at] + GAP).sum();
            let share = height / ((height + limit - 1) / limit).max(1);
            let mut used = i32::MAX;
            for (_, at) in rank {
                if used.saturating_add(heights[at] / 2) > share {
                    columns.push(Vec::new());
                    used = 0;
                }
                used += heights[at] + GAP;
                columns.last_mut().into_iter().for_each(|column| column.push(at));
            }
        }
        columns.resize(columns.len().max(wanted.min(sizes.len())), Vec::new());
        // What is linked with nothing fills up the columns that are low.
        for at in (0..sizes.len()).filter(|at| !is_linked(*at)) {
            let height = |column: &[usize]| column.iter().map(|at| heights[*at] + GAP).sum::<i32>();
            if let Some(column) = columns.iter_mut().min_by_key(|column| height(column)) {
                column.push(at);
            }
        }
        columns.retain(|column| !column.is_empty());
        let mut items: Vec<Item> =
            heights.iter().map(|height| Item { column: 0, height: *height, y: 0, is_gap: false }).collect();
        for (number, column) in columns.iter().enumerate() {
            column.iter().for_each(|at| items[*at].column = number);
        }
        Self { items, columns }
    }

    /// A new gap in a column.
    fn gap(&mut self, column: usize) -> usize {
        self.items.push(Item { column, height: 0, y: 0, is_gap: true });
        self.columns[column].push(self.items.len() - 1);
        self.items.len() - 1
    }

    /// Orders each column by what its items are linked with in the next, to and fro, and keeps the order with the
    /// fewest crossings.
    fn order(&mut self, nets: &Nets) {
        const ROUNDS: usize = 12;
        let mut best = (self.crossings(nets), self.columns.clone());
        for _ in 0..ROUNDS {
            for is_rightward in [true, false] {
                let count = self.columns.len();
                for step in 0..count {
                    let column = if is_rightward { step } else { count - 1 - step };
                    self.order_one(column, is_rightward, nets);
                }
                let crossings = self.crossings(nets);
                if crossings < best.0 {
                    best = (crossings, self.columns.clone());
                }
            }
        }
        self.columns = best.1;
    }

    fn order_one(&mut self, column: usize, is_rightward: bool, nets: &Nets) {
        let rows = self.rows();
        let key = |item: usize| {
            let ends = nets.all().filter_map(|hop| {
                let (own, other) = if is_rightward { (hop.to, hop.from) } else { (hop.from, hop.to) };
                (own.at == item).then(|| row_of(&rows, other))
            });
            let ends: Vec<f64> = ends.collect();
            if ends.is_empty() { row_of(&rows, End { at: item, y: 0 }) } else { mean_of(&ends) }
        };
        let mut keyed: Vec<(f64, usize)> = self.columns[column].iter().map(|item| (key(*item), *item)).collect();
        keyed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        self.columns[column] = keyed.into_iter().map(|(_, item)| item).collect();
    }

    /// The row that each item stands in.
    fn rows(&self) -> Vec<usize> {
        let mut rows = vec![0; self.items.len()];
        for column in &self.columns {
            column.iter().enumerate().for_each(|(row, item)| rows[*item] = row);
        }
        rows
    }

    fn crossings(&self, nets: &Nets) -> usize {
        let rows = self.rows();
        let key = |end: End| (rows[end.at], end.y);
        let crosses = |one: &&Hop, two: &Hop| {
            let is_beside = self.items[one.from.at].column == self.items[two.from.at].column;
            let (from, to) = (key(one.from).cmp(&key(two.from)), key(one.to).cmp(&key(two.to)));
            is_beside && from.is_ne() && from == to.reverse()
        };
        let hops: Vec<&Hop> = nets.all().collect();
        hops.iter().enumerate().map(|(at, one)| hops[at + 1..].iter().filter(|two| crosses(one, two)).count()).sum()
    }

    /// Moves what is in each column, in its order, as near as can be to what it is linked with.
    fn place(&mut self, nets: &Nets) {
        const ROUNDS: usize = 10;
        for column in self.columns.clone() {
            let wanted: Vec<i32> = vec![0; column.len()];
            self.settle(&column, &wanted);
        }
        for round in 0..=ROUNDS {
            for is_rightward in [true, false] {
                let count = self.columns.len();
                for step in 0..count {
                    let column = self.columns[if is_rightward { step } else { count - 1 - step }].clone();
                    // In the end both sides count.
                    let side = (round < ROUNDS).then_some(is_rightward);
                    let wanted: Vec<i32> = column.iter().map(|item| self.wanted(*item, side, nets)).collect();
                    self.settle(&column, &wanted);
                }
            }
        }
        let top = self.items.iter().filter(|item| !item.is_gap).map(|item| item.y).min().unwrap_or_default();
        let top = top.min(self.items.iter().map(|item| item.y).min().unwrap_or_default());
        self.items.iter_mut().for_each(|item| item.y += MARGIN - top);
    }

    /// Where an item would be level with what it is linked with on one side, or both.
    fn wanted(&self, item: usize, side: Option<bool>, nets: &Nets) -> i32 {
        let level = |own: End, other: End| self.items[other.at].y + other.y - own.y;
        let levels: Vec<i32> = nets
            .all()
            .filter_map(|hop| match side {
                Some(false) | None if hop.from.at == item => Some(level(hop.from, hop.to)),
                Some(true) | None if hop.to.at == item => Some(level(hop.to, hop.from)),
                _ => None,
            })
            .collect();
        match i32::try_from(levels.len()) {
            Ok(count) if count > 0 => levels.iter().sum::<i32>() / count,
            _ => self.items[item].y,
        }
    }

    /// The places nearest to those wanted, by the squares of the distances, that keep the order and the gaps: runs
    /// that would overlap move together.
    fn settle(&mut self, column: &[usize], wanted: &[i32]) {
        struct Run {
            items: Vec<usize>,
            sum: i32,
        }
        let mean = |run: &Run| run.sum.div_euclid(i32::try_from(run.items.len()).unwrap_or(1));
        let mut offsets = Vec::with_capacity(column.len());
        let mut offset = 0;
        for (row, item) in column.iter().enumerate() {
            if let Some(before) = row.checked_sub(1).map(|row| self.items[column[row]]) {
                let is_narrow = before.is_gap || self.items[*item].is_gap;
                offset += before.height + if is_narrow { LANE_GAP } else { GAP };
            }
            offsets.push(offset);
        }
        let mut runs: Vec<Run> = Vec::new();
        for (row, wanted) in wanted.iter().enumerate() {
            let mut run = Run { items: vec![row], sum: wanted - offsets[row] };
            while let Some(above) = runs.pop_if(|above| mean(above) >= mean(&run)) {
                run.sum += above.sum;
                run.items = [above.items, run.items].concat();
            }
            runs.push(run);
        }
        for run in &runs {
            run.items.iter().for_each(|row| self.items[column[*row]].y = mean(run) + offsets[*row]);
        }
    }

    fn draw(&self, sizes: &[Size], links: &[Link], nets: &Nets) -> Layout {
        let lanes = self.lanes(links, nets);
        let mut boxes: Vec<Rect> = Vec::new();
        let mut sides: Vec<(i32, i32)> = Vec::new();
        let mut x = MARGIN;
        for (number, column) in self.columns.iter().enumerate() {
            let widths = column.iter().filter_map(|item| sizes.get(*item)).map(|size| size.width);
            let width = widths.max().unwrap_or_default();
            sides.push((x, x + width));
            let is_last = number + 1 == self.columns.len();
            let count = lanes[number].values().max().map_or(0, |lane| lane + 1);
            let channel = if is_last && count == 0 { MARGIN } else { LEFT + count * STEP + RIGHT };
            x += width + channel;
        }
        for (item, size) in self.items.iter().zip(sizes) {
            let (left, right) = sides[item.column];
            boxes.push(Rect { x: left, y: item.y, size: Size { width: right - left, height: size.height } });
        }
        let lane = |column: usize, key: Key| sides[column].1 + LEFT + lanes[column].get(&key).map_or(0, |at| at * STEP);
        let y = |end: End| self.items[end.at].y + end.y;
        let mut lines = Vec::new();
        for (number, link) in links.iter().enumerate() {
            let Some((net, way)) = &nets.ways[number] else {
                let column = self.items[link.one.at].column;
                let (right, x) = (sides[column].1, lane(column, Key::Loop(number)));
                lines.push(vec![(right, y(link.one)), (x, y(link.one)), (x, y(link.many)), (right, y(link.many))]);
                continue;
            };
            let mut points = vec![(sides[self.items[way[0].at].column].1, y(way[0]))];
            for pair in way.windows(2) {
                let (from, to) = (y(pair[0]), y(pair[1]));
                if from != to {
                    let x = lane(self.items[pair[0].at].column, Key::Net(*net));
                    points.extend([(x, from), (x, to)]);
                }
            }
            let last = way[way.len() - 1];
            points.push((sides[self.items[last.at].column].0, y(last)));
            if way[0] != link.one {
                points.reverse();
            }
            lines.push(points);
        }
        let bottom = self.items.iter().map(|item| item.y + item.height).max().unwrap_or_default();
        Layout { boxes, lines, size: Size { width: x, height: bottom + MARGIN } }
    }

    /// In each channel, to the right of its column, the lane of each net that has to change its height there, and of
    /// what refers to itself: those that would touch have lanes of their own.
    fn lanes(&self, links: &[Link], nets: &Nets) -> Vec<BTreeMap<Key, i32>> {
        let mut spans: Vec<BTreeMap<Key, (i32, i32)>> = vec![BTreeMap::new(); self.columns.len()];
        let mut add = |from: End, to: End, key: Key| {
            let (one, two) = (self.items[from.at].y + from.y, self.items[to.at].y + to.y);
            if one != two || matches!(key, Key::Loop(_)) {
                let span = spans[self.items[from.at].column].entry(key).or_insert((one, two));
                *span = (span.0.min(one).min(two), span.1.max(one).max(two));
            }
        };
        for (number, hops) in nets.hops.iter().enumerate() {
            hops.iter().for_each(|hop| add(hop.from, hop.to, Key::Net(number)));
        }
        for (number, link) in links.iter().enumerate().filter(|(number, _)| nets.ways[*number].is_none()) {
            add(link.one, link.many, Key::Loop(number));
        }
        spans.into_iter().map(in_lanes).collect()
    }
}

/// What has a lane: something that refers to itself, or a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Loop(usize),
    Net(usize),
}

/// The first lane for each that is free over its span.
fn in_lanes(spans: BTreeMap<Key, (i32, i32)>) -> BTreeMap<Key, i32> {
    let mut spans: Vec<(Key, (i32, i32))> = spans.into_iter().collect();
    spans.sort_by_key(|(key, span)| (matches!(key, Key::Net(_)), *span, *key));
    let mut taken: Vec<Vec<(i32, i32)>> = Vec::new();
    let mut lanes = BTreeMap::new();
    for (key, span) in spans {
        let is_free =
            |lane: &Vec<(i32, i32)>| lane.iter().all(|other| span.1 + STEP < other.0 || other.1 + STEP < span.0);
        let lane = taken.iter().position(is_free).unwrap_or(taken.len());
        taken.resize(taken.len().max(lane + 1), Vec::new());
        taken[lane].push(span);
        lanes.insert(key, i32::try_from(lane).unwrap_or_default());
    }
    lanes
}

/// How far each is from what refers to nothing; what is referred to only from far is drawn near.
fn ranks(count: usize, arcs: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut ranks = vec![0; count];
    for _ in 0..count {
        arcs.iter().for_each(|(from, to)| ranks[*to] = ranks[*to].max(ranks[*from] + 1));
    }
    for at in 0..count {
        let nearest = arcs.iter().filter(|(from, _)| *from == at).map(|(_, to)| ranks[*to]).min();
        if let Some(nearest) = nearest
            && !arcs.iter().any(|(_, to)| *to == at)
        {
            ranks[at] = nearest - 1;
        }
    }
    ranks
}

/// The linked ones of each rank.
fn by_rank(ranks: &[usize], is_linked: &impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)];
    (0..ranks.len()).filter(|at| is_linked(*at)).for_each(|at| all[ranks[at]].push(at));
    all.retain(|rank| !rank.is_empty());
    all
}

/// A row and a bit, by the height within a box.
fn row_of(rows: &[usize], end: End) -> f64 {
    let row = rows.get(end.at).and_then(|row| u32::try_from(*row).ok()).unwrap_or_default();
    f64::from(row) + f64::from(end.y) / 10_000.0
}

fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX))
}

/// The nearest number of columns.
fn usable(number: f64) -> usize {
    (1..100_u32)
        .find(|whole| f64::from(*whole) + 0.5 > number)
        .and_then(|whole| usize::try_from(whole).ok())
        .unwrap_or(1)
}

#[cfg(test)]
mod tests;
