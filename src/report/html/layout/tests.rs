use super::*;

/// Numbers that look drawn by lot, the same in each run.
struct Lot(u64);

impl Lot {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn between(&mut self, least: i32, most: i32) -> i32 {
        least + i32::try_from(self.below(usize::try_from(most - least + 1).unwrap())).unwrap()
    }
}

/// Tables of all sizes: most refer to earlier ones, many to the first, some to later ones or to themselves.
fn schema(count: usize, seed: u64) -> (Vec<Size>, Vec<Link>) {
    let mut lot = Lot(seed);
    let sizes: Vec<Size> =
        (0..count).map(|_| Size { width: lot.between(150, 320), height: lot.between(2, 12) * 20 + 35 }).collect();
    let mut links = Vec::new();
    for many in 0..count {
        for _ in 0..lot.below(4) {
            let one = match lot.below(10) {
                0 => many,
                1 | 2 => lot.below(count),
                3..=5 => 0,
                _ => lot.below(many + 1),
            };
            let mut end = |at: usize| End { at, y: 40 + 20 * lot.between(0, (sizes[at].height - 35) / 20 - 1) };
            links.push(Link { one: end(one), many: end(many) });
        }
    }
    (sizes, links)
}

fn each_schema(check: impl Fn(&[Size], &[Link], &Layout)) {
    for count in [1, 2, 3, 10, 30, 60] {
        for seed in 0..20 {
            let (sizes, links) = schema(count, seed);
            check(&sizes, &links, &arrange(&sizes, &links));
        }
    }
}

fn sides(rect: Rect) -> (i32, i32, i32, i32) {
    (rect.x, rect.y, rect.x + rect.size.width, rect.y + rect.size.height)
}

#[test]
fn no_two_boxes_overlap_and_none_is_cut_off() {
    each_schema(|sizes, _, layout| {
        for (at, (rect, size)) in layout.boxes.iter().zip(sizes).enumerate() {
            let (left, top, right, bottom) = sides(*rect);
            assert!(left >= 0 && top >= 0 && right <= layout.size.width && bottom <= layout.size.height, "{rect:?}");
            assert!(rect.size.width >= size.width && rect.size.height == size.height);
            for other in &layout.boxes[at + 1..] {
                let (x, y, to_x, to_y) = sides(*other);
                assert!(right < x || to_x < left || bottom < y || to_y < top, "{rect:?} {other:?}");
            }
        }
    });
}

#[test]
fn lines_run_from_the_side_of_one_box_to_the_side_of_the_other() {
    each_schema(|_, links, layout| {
        for (link, line) in links.iter().zip(&layout.lines) {
            for (end, point, next) in
                [(link.one, line[0], line[1]), (link.many, line[line.len() - 1], line[line.len() - 2])]
            {
                let (left, top, right, _) = sides(layout.boxes[end.at]);
                assert_eq!(point.1, top + end.y);
                assert!(point.0 == left && next.0 < left || point.0 == right && next.0 > right, "{line:?}");
            }
        }
    });
}

#[test]
fn lines_go_straight_and_cross_no_box() {
    each_schema(|_, _, layout| {
        for line in &layout.lines {
            for pair in line.windows(2) {
                let [(x, y), (to_x, to_y)] = [pair[0], pair[1]];
                assert!(x == to_x || y == to_y, "{line:?}");
                let (x, to_x, y, to_y) = (x.min(to_x), x.max(to_x), y.min(to_y), y.max(to_y));
                assert!(x >= 0 && y >= 0 && to_x <= layout.size.width && to_y <= layout.size.height, "{line:?}");
                for rect in &layout.boxes {
                    let (left, top, right, bottom) = sides(*rect);
                    assert!(to_x <= left || x >= right || to_y <= top || y >= bottom, "{line:?} crosses {rect:?}");
                }
            }
        }
    });
}

#[test]
fn sixty_tables_can_be_taken_in() {
    let (sizes, links) = schema(60, 7);
    let Size { width, height } = arrange(&sizes, &links).size;
    assert!(width < 6000 && height < 6000, "{width} × {height}");
}

#[test]
fn the_same_schema_is_drawn_the_same() {
    let (sizes, links) = schema(30, 3);
    assert_eq!(arrange(&sizes, &links), arrange(&sizes, &links));
}

#[test]
fn what_is_referred_to_stands_on_the_left() {
    let sizes = [Size { width: 150, height: 75 }; 3];
    let link = |one, many| Link { one: End { at: one, y: 40 }, many: End { at: many, y: 60 } };
    let layout = arrange(&sizes, &[link(2, 0), link(0, 1)]);
    let x = |at: usize| layout.boxes[at].x;
    assert!(x(2) < x(0) && x(0) < x(1));
}
