//! Which shards a node should give up and take: a pure function that every node computes alike.

use std::{cmp::Reverse, collections::BTreeMap};

use platform::ids::SHARDS;
use store::leases::{Division, Node, Shard};
use uuid::Uuid;

/// What one node should do next.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Shards to hand to nodes that have too few.
    pub give_up: Vec<u8>,
    /// Free shards to take.
    pub take: Vec<u8>,
}

/// Divides the shards evenly, older nodes first; moves no more than that needs; and gives no shard to a node that does
/// not know the format of its states, nor leaves one alone because of that.
pub fn plan(me: Uuid, division: &Division) -> Plan {
    let mut nodes = division.nodes.clone();
    nodes.sort_by_key(|node| node.id);
    let Some(mine) = nodes.iter().position(|node| node.id == me) else {
        return Plan::default();
    };
    let mut loads = Loads::of(&nodes, division);
    let take = loads.assign_free(division, mine);
    let give_up = loads.surplus(division, mine);
    Plan { give_up, take }
}

struct Loads<'a> {
    nodes: &'a [Node],
    held: Vec<usize>,
    share: Vec<usize>,
}

impl<'a> Loads<'a> {
    fn of(nodes: &'a [Node], division: &Division) -> Self {
        let mut by_holder: BTreeMap<Uuid, usize> = BTreeMap::new();
        for holder in division.shards.iter().filter_map(|shard| shard.holder) {
            *by_holder.entry(holder).or_default() += 1;
        }
        let (all, count) = (usize::from(SHARDS), nodes.len());
        Self {
            nodes,
            held: nodes
                .iter()
                .map(|node| by_holder.get(&node.id).copied().unwrap_or(0))
                .collect(),
            share: (0..count)
                .map(|rank| all / count + usize::from(rank < all % count))
                .collect(),
        }
    }

    fn lacks(&self, rank: usize) -> usize {
        self.share[rank].saturating_sub(self.held[rank])
    }

    fn can_read(&self, rank: usize, shard: &Shard) -> bool {
        self.nodes[rank].state_format >= shard.state_format
    }

    /// Each free shard goes to the node that lacks most; where only full nodes can read it, to the least full of them.
    fn assign_free(&mut self, division: &Division, mine: usize) -> Vec<u8> {
        let mut free: Vec<&Shard> = division
            .shards
            .iter()
            .filter(|shard| shard.holder.is_none())
            .collect();
        // Newest formats first: the fewest nodes can read them.
        free.sort_by_key(|shard| (Reverse(shard.state_format), shard.shard));
        let mut take = Vec::new();
        for shard in free {
            let best = (0..self.nodes.len())
                .filter(|rank| self.can_read(*rank, shard))
                .min_by_key(|rank| (Reverse(self.lacks(*rank)), self.held[*rank], *rank));
            let Some(best) = best else { continue };
            self.held[best] += 1;
            if best == mine {
                take.push(shard.shard);
            }
        }
        take
    }

    /// What is beyond my share, as far as others lack it and can read it.
    fn surplus(&mut self, division: &Division, mine: usize) -> Vec<u8> {
        let mut give_up = Vec::new();
        let held = division
            .shards
            .iter()
            .filter(|shard| shard.holder == Some(self.nodes[mine].id));
        for shard in held.rev() {
            if self.held[mine] <= self.share[mine] {
                break;
            }
            let to = (0..self.nodes.len())
                .find(|rank| self.lacks(*rank) > 0 && self.can_read(*rank, shard));
            if let Some(to) = to {
                self.held[mine] -= 1;
                self.held[to] += 1;
                give_up.push(shard.shard);
            }
        }
        give_up
    }
}

#[cfg(test)]
mod tests {
    use platform::ids::SHARDS;
    use store::leases::{Division, Node, Shard};
    use uuid::Uuid;

    use super::plan;

    fn node(id: u128, state_format: i32) -> Node {
        Node {
            id: Uuid::from_u128(id),
            state_format,
        }
    }

    fn fresh(nodes: Vec<Node>) -> Division {
        Division {
            nodes,
            shards: (0..SHARDS)
                .map(|shard| Shard {
                    shard,
                    holder: None,
                    state_format: 0,
                })
                .collect(),
        }
    }

    /// Everybody acts until nobody has anything left to do; returns the moves.
    fn settle(division: &mut Division) -> usize {
        let mut moves = 0;
        for _round in 0..20 {
            let before = moves;
            for node in division.nodes.clone() {
                let plan = plan(node.id, division);
                moves += plan.give_up.len() + plan.take.len();
                for shard in plan.give_up {
                    division.shards[usize::from(shard)].holder = None;
                }
                for shard in plan.take {
                    let shard = &mut division.shards[usize::from(shard)];
                    assert!(shard.holder.is_none() && shard.state_format <= node.state_format);
                    shard.holder = Some(node.id);
                }
            }
            if moves == before {
                return moves;
            }
        }
        panic!("the division does not settle: {division:?}");
    }

    fn counts(division: &Division) -> Vec<usize> {
        let held = |node: &Node| {
            let mine = |shard: &&Shard| shard.holder == Some(node.id);
            division.shards.iter().filter(mine).count()
        };
        division.nodes.iter().map(held).collect()
    }

    #[test]
    fn any_number_of_nodes_shares_evenly_and_moves_little() {
        let mut division = fresh(vec![node(1, 1)]);
        assert_eq!(settle(&mut division), 64);
        for joining in 2..=70 {
            let newcomers_share = 64 / usize::try_from(joining).unwrap();
            division.nodes.push(node(joining, 1));
            let moves = settle(&mut division);
            assert!(
                moves <= 2 * (newcomers_share + 1),
                "{moves} moves for node {joining}"
            );
            let counts = counts(&division);
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(most - least <= 1, "{counts:?}");
            assert_eq!(counts.iter().sum::<usize>(), 64);
        }
    }

    #[test]
    fn what_is_free_is_shared_out_at_once() {
        let division = fresh(vec![node(1, 1), node(2, 1), node(3, 1)]);
        let taken = |id| plan(Uuid::from_u128(id), &division).take;
        let all = [taken(1), taken(2), taken(3)];
        assert_eq!(all.each_ref().map(Vec::len), [22, 21, 21]);
        let mut all = all.concat();
        all.sort_unstable();
        assert!(all.iter().copied().eq(0..SHARDS));
    }

    #[test]
    fn what_a_dead_node_held_is_taken_by_the_others() {
        let mut division = fresh(vec![node(1, 1), node(2, 1), node(3, 1)]);
        settle(&mut division);
        let dead = division.nodes.remove(1).id;
        for shard in &mut division.shards {
            shard.holder = shard.holder.filter(|holder| *holder != dead);
        }
        settle(&mut division);
        assert_eq!(counts(&division), [32, 32]);
    }

    #[test]
    fn newer_states_stay_with_nodes_that_can_read_them_and_none_is_left_alone() {
        // An older copy comes back beside a newer one that has already written to half of the shards.
        let mut division = fresh(vec![node(1, 2)]);
        settle(&mut division);
        for shard in &mut division.shards[..48] {
            shard.state_format = 2;
        }
        division.nodes.push(node(2, 1));
        settle(&mut division);
        assert_eq!(counts(&division), [48, 16]);

        // The newer one goes: its shards wait for a copy that can read them.
        division.nodes.remove(0);
        for shard in &mut division.shards {
            shard.holder = shard.holder.filter(|holder| *holder == Uuid::from_u128(2));
        }
        settle(&mut division);
        assert_eq!(counts(&division), [16]);
        division.nodes.push(node(3, 2));
        settle(&mut division);
        assert_eq!(counts(&division), [16, 48]);
    }

    #[test]
    fn no_more_is_given_up_than_others_can_take() {
        let mut division = fresh(vec![node(1, 2)]);
        settle(&mut division);
        for shard in &mut division.shards {
            shard.state_format = 2;
        }
        // The third cannot read any of them.
        division.nodes.extend([node(2, 2), node(3, 1)]);
        assert_eq!(plan(Uuid::from_u128(1), &division).give_up.len(), 21);
    }

    #[test]
    fn a_node_that_is_not_alive_does_nothing() {
        let mut division = fresh(vec![node(1, 1)]);
        settle(&mut division);
        assert_eq!(plan(Uuid::from_u128(9), &division), super::Plan::default());
    }
}
