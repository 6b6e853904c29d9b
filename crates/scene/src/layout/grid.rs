//! Grids: the largest nodes of which so many have room in a rectangle. Knows nothing of kinds and tiers.

use crate::Size;

/// How so many nodes stand in lines.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Grid {
    /// The radius of each.
    pub(super) r: f64,
    /// How many lines.
    pub(super) lines: usize,
    /// How many stand in a line, at most.
    pub(super) per_line: usize,
    /// What each takes: along the line, and across.
    pub(super) cell: Size,
}

impl Grid {
    /// The grid of `count` nodes with the largest radius up to `r_max` of which all have room, in as few lines as they need.
    /// `room.w` is along the lines, `room.h` across; `cell` says the same of a node of radius r.
    pub(super) fn fit(count: usize, room: Size, r_max: f64, cell: impl Fn(f64) -> Size) -> Self {
        let try_one = |r: f64| {
            let cell = cell(r);
            let per_line = ((room.w / cell.w) as usize).max(1);
            let lines = count.div_ceil(per_line).max(1);
            let fits = cell.w <= room.w && lines as f64 * cell.h <= room.h;
            (
                fits,
                Self {
                    r,
                    lines,
                    // No line is left much shorter than the others.
                    per_line: count.div_ceil(lines).max(1),
                    cell,
                },
            )
        };
        let (fits, grid) = try_one(r_max);
        if fits {
            return grid;
        }
        let (mut low, mut high) = (0.0, r_max);
        let mut best = None;
        for _ in 0..14 {
            let middle = (low + high) / 2.0;
            let (fits, grid) = try_one(middle);
            if fits {
                (low, best) = (middle, Some(grid));
            } else {
                high = middle;
            }
        }
        best.unwrap_or(Self { r: 1.0, ..grid })
    }

    /// All in one line, as large as they have room there.
    pub(super) fn line(count: usize, room: Size, r_max: f64, cell: impl Fn(f64) -> Size) -> Self {
        let fits = |r: f64| {
            let cell = cell(r);
            count as f64 * cell.w <= room.w && cell.h <= room.h
        };
        let (mut low, mut high) = (0.0, r_max);
        if fits(r_max) {
            low = r_max;
        } else {
            for _ in 0..14 {
                let middle = (low + high) / 2.0;
                if fits(middle) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
        }
        Self {
            r: low,
            lines: 1,
            per_line: count.max(1),
            cell: cell(low),
        }
    }

    /// How many stand in this line: the last may have fewer.
    pub(super) fn in_line(&self, line: usize, count: usize) -> usize {
        count
            .saturating_sub(line * self.per_line)
            .min(self.per_line)
    }

    /// How far all lines together reach across.
    pub(super) fn depth(&self) -> f64 {
        self.lines as f64 * self.cell.h
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_have_room_at_the_largest_radius() {
        let cell = |r: f64| Size::new(3.0 * r, 2.0 * r);
        let grid = Grid::fit(3, Size::new(300.0, 40.0), 20.0, cell);
        assert_eq!((grid.lines, grid.per_line, grid.r), (1, 3, 20.0));
        for count in 1..200 {
            let room = Size::new(300.0, 200.0);
            let grid = Grid::fit(count, room, 20.0, cell);
            assert!(grid.lines * grid.per_line >= count);
            assert!(grid.per_line as f64 * grid.cell.w <= room.w && grid.depth() <= room.h);
            let told: usize = (0..grid.lines).map(|line| grid.in_line(line, count)).sum();
            assert_eq!(told, count);
            assert!(
                (0..grid.lines).all(|line| grid.in_line(line, count) > 0),
                "{count}: {grid:?}"
            );
        }
    }
}
