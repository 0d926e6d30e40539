use std::{cell::RefCell, rc::Rc};

use bytes::Bytes;
use events::{Epoch, replay::Entry, wire::Resume};

use super::{Command, Feed};
use crate::outbound::{Outbound, Receiver};

#[derive(Clone)]
struct Reader {
    id: u64,
    room: Rc<RefCell<usize>>,
    got: Rc<RefCell<Vec<String>>>,
}

impl Reader {
    fn new(id: u64) -> Self {
        Self {
            id,
            room: Rc::new(RefCell::new(usize::MAX)),
            got: Rc::default(),
        }
    }

    fn took(&self) -> String {
        self.got
            .borrow_mut()
            .drain(..)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Receiver for Reader {
    fn id(&self) -> u64 {
        self.id
    }

    fn send(&self, message: Outbound) -> bool {
        if *self.room.borrow() == 0 {
            return false;
        }
        *self.room.borrow_mut() -= 1;
        self.got.borrow_mut().push(match message {
            Outbound::Welcome { seq, resumed, .. } => {
                format!("welcome:{seq}{}", if resumed { "+" } else { "" })
            }
            Outbound::Event { seq, text } => {
                assert_eq!(text.as_str(), format!("e{seq}"));
                seq.to_string()
            }
            Outbound::Replay(events) => events
                .iter()
                .map(|(seq, text)| {
                    assert_eq!(text.as_str(), format!("e{seq}"));
                    seq.to_string()
                })
                .collect::<Vec<_>>()
                .join(" "),
            Outbound::Resync { seq, why, .. } => format!("resync:{seq}:{}", why.as_str()),
        });
        true
    }
}

fn k3() -> Epoch {
    "k3".parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "as hello has it")]
fn at(seq: u64) -> Option<Resume> {
    Some(Resume { epoch: k3(), seq })
}

#[expect(clippy::unnecessary_wraps, reason = "as a reading ends")]
fn entries(range: std::ops::RangeInclusive<u64>) -> Option<Vec<Entry>> {
    Some(
        range
            .map(|seq| Entry {
                seq,
                frame: Bytes::from(format!("e{seq}")),
            })
            .collect(),
    )
}

#[expect(clippy::unnecessary_wraps, reason = "as a reading ends")]
fn nothing() -> Option<Vec<Entry>> {
    Some(Vec::new())
}

fn event(feed: &mut Feed<Reader>, seq: u64) -> Option<Command> {
    feed.event(&k3(), seq, format!("e{seq}").into())
}

#[track_caller]
fn reading(command: Option<Command>) -> (Option<u64>, u64) {
    match command {
        Some(Command::Read { from, ticket, .. }) => (from, ticket),
        other => panic!("expected a reading, got {other:?}"),
    }
}

#[track_caller]
fn asking(command: Option<Command>) -> u64 {
    match command {
        Some(Command::Ask { ticket }) => ticket,
        other => panic!("expected an ask, got {other:?}"),
    }
}

/// A feed with one socket that is at 5.
fn steady() -> (Feed<Reader>, Reader) {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (from, ticket) = reading(feed.join(reader.clone(), None));
    assert_eq!(from, None);
    assert_eq!(feed.read(ticket, entries(5..=5)), None);
    assert_eq!(reader.took(), "welcome:5");
    (feed, reader)
}

#[test]
fn events_arrive_in_order_and_once() {
    let (mut feed, reader) = steady();
    for seq in [6, 7, 7, 6, 3, 8] {
        assert_eq!(event(&mut feed, seq), None);
    }
    assert_eq!(reader.took(), "6 7 8");
}

#[test]
fn a_gap_is_repaired_from_the_stream() {
    let (mut feed, reader) = steady();
    let (from, ticket) = reading(event(&mut feed, 8));
    assert_eq!(from, Some(5));
    assert_eq!(event(&mut feed, 9), None);
    assert_eq!(reader.took(), "", "held");
    assert_eq!(feed.read(ticket, entries(5..=8)), None);
    assert_eq!(reader.took(), "6 7 8 9");
    assert_eq!(event(&mut feed, 10), None);
    assert_eq!(reader.took(), "10");
}

#[test]
fn a_gap_that_the_stream_does_not_close_is_told() {
    let (mut feed, reader) = steady();
    let (_, ticket) = reading(event(&mut feed, 90));
    assert_eq!(feed.read(ticket, entries(88..=90)), None);
    assert_eq!(reader.took(), "resync:90:gap");
    assert_eq!(event(&mut feed, 91), None);
    assert_eq!(reader.took(), "91");
}

#[test]
fn a_stream_with_a_hole_counts_from_the_hole() {
    let (mut feed, reader) = steady();
    let (_, ticket) = reading(event(&mut feed, 9));
    let mut holed = entries(5..=6).unwrap();
    holed.extend(entries(8..=9).unwrap());
    assert_eq!(feed.read(ticket, Some(holed)), None);
    assert_eq!(reader.took(), "resync:9:gap");
}

#[test]
fn an_event_that_is_newer_than_the_reading_and_skips_one_makes_it_read_again() {
    let (mut feed, reader) = steady();
    let (_, first) = reading(event(&mut feed, 7));
    assert_eq!(event(&mut feed, 9), None);
    let (from, second) = reading(feed.read(first, entries(5..=7)));
    assert_eq!(from, Some(7));
    assert_eq!(reader.took(), "6 7");
    assert_eq!(feed.read(second, entries(7..=9)), None);
    assert_eq!(reader.took(), "8 9");
}

#[test]
fn more_held_than_there_is_room_for_is_read_again() {
    let (mut feed, reader) = steady();
    let (_, first) = reading(event(&mut feed, 7));
    for seq in 8..=16 {
        assert_eq!(event(&mut feed, seq), None);
    }
    let (from, second) = reading(feed.read(first, entries(5..=7)));
    assert_eq!(from, Some(7));
    assert_eq!(feed.read(second, entries(7..=16)), None);
    assert_eq!(reader.took(), "6 7 8 9 10 11 12 13 14 15 16");
}

#[test]
fn a_client_resumes_from_the_stream() {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (from, ticket) = reading(feed.join(reader.clone(), at(3)));
    assert_eq!(from, Some(3));
    assert_eq!(event(&mut feed, 6), None);
    assert_eq!(feed.read(ticket, entries(3..=5)), None);
    assert_eq!(reader.took(), "welcome:6+ 4 5 6");
}

#[test]
fn a_client_that_was_away_too_long_fetches() {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (_, ticket) = reading(feed.join(reader.clone(), at(3)));
    assert_eq!(feed.read(ticket, entries(40..=45)), None);
    assert_eq!(reader.took(), "welcome:45 resync:45:too_old");
}

#[test]
fn a_second_socket_joins_without_holding_up_the_first() {
    let (mut feed, first) = steady();
    let second = Reader::new(2);
    assert_eq!(feed.join(second.clone(), at(5)), None, "nothing to read");
    assert_eq!(second.took(), "welcome:5+");

    let third = Reader::new(3);
    let (from, ticket) = reading(feed.join(third.clone(), at(2)));
    assert_eq!(from, Some(2));
    assert_eq!(event(&mut feed, 6), None);
    assert_eq!(first.took(), "6");
    assert_eq!(feed.read(ticket, entries(2..=5)), None);
    assert_eq!(third.took(), "welcome:6+ 3 4 5 6");
    assert_eq!(first.took(), "");
}

#[test]
fn a_joining_socket_never_loses_what_overflowed_meanwhile() {
    let (mut feed, _) = steady();
    let late = Reader::new(2);
    let (_, ticket) = reading(feed.join(late.clone(), at(4)));
    for seq in 6..=20 {
        assert_eq!(event(&mut feed, seq), None);
    }
    let ask = asking(feed.read(ticket, entries(4..=5)));
    feed.unanswered(ask);
    assert_eq!(late.took(), "welcome:20 resync:20:gap");
    assert_eq!(event(&mut feed, 21), None);
    assert_eq!(late.took(), "21");
}

#[test]
fn where_there_is_no_stream_the_relay_is_asked() {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (_, ticket) = reading(feed.join(reader.clone(), at(3)));
    asking(feed.read(ticket, nothing()));
    let (from, ticket) = reading(feed.head(&k3(), 5));
    assert_eq!(from, Some(3));
    assert_eq!(feed.read(ticket, entries(3..=5)), None);
    assert_eq!(reader.took(), "welcome:5+ 4 5");
}

#[test]
fn an_answer_serves_where_there_is_still_no_stream() {
    for (resume, expected) in [
        (None, "welcome:5"),
        (at(5), "welcome:5+"),
        (at(3), "welcome:5 resync:5:too_old"),
        (at(9), "welcome:5 resync:5:epoch"),
    ] {
        let mut feed = Feed::new(k3(), 8);
        let reader = Reader::new(1);
        let (_, ticket) = reading(feed.join(reader.clone(), resume));
        asking(feed.read(ticket, nothing()));
        let (_, ticket) = reading(feed.head(&k3(), 5));
        assert_eq!(feed.read(ticket, nothing()), None);
        assert_eq!(reader.took(), expected);
    }
}

#[test]
fn a_client_ahead_of_the_stream_is_believed_only_by_the_relay() {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (_, ticket) = reading(feed.join(reader.clone(), at(9)));
    asking(feed.read(ticket, nothing()));
    let (_, ticket) = reading(feed.head(&k3(), 9));
    assert_eq!(feed.read(ticket, entries(9..=9)), None);
    assert_eq!(reader.took(), "welcome:9+");
}

#[test]
fn without_an_answer_everybody_resyncs_and_again_once_the_head_is_known() {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (_, ticket) = reading(feed.join(reader.clone(), at(3)));
    let ask = asking(feed.read(ticket, nothing()));
    feed.unanswered(ask);
    assert_eq!(reader.took(), "welcome:3 resync:3:gap");

    let (_, ticket) = reading(feed.check(None));
    let ask = asking(feed.read(ticket, nothing()));
    feed.unanswered(ask);
    assert_eq!(reader.took(), "", "told already");

    let (_, ticket) = reading(event(&mut feed, 7));
    assert_eq!(feed.read(ticket, entries(7..=7)), None);
    assert_eq!(reader.took(), "resync:7:gap");
    assert_eq!(event(&mut feed, 8), None);
    assert_eq!(reader.took(), "8");
}

#[test]
fn a_stream_that_cannot_be_read_is_waited_for() {
    let (mut feed, reader) = steady();
    let (_, ticket) = reading(event(&mut feed, 8));
    assert_eq!(feed.read(ticket, None), None);
    assert_eq!(reader.took(), "");
    let late = Reader::new(2);
    let (_, ticket) = reading(feed.join(late.clone(), at(6)));
    assert_eq!(feed.read(ticket, None), None);

    let (from, ticket) = reading(feed.check(Some(8)));
    assert_eq!(from, Some(5));
    assert_eq!(feed.read(ticket, entries(5..=8)), None);
    assert_eq!(reader.took(), "6 7 8");
    assert_eq!(late.took(), "welcome:8+ 7 8");
}

#[test]
fn a_relay_that_cannot_be_asked_is_waited_for() {
    let (mut feed, reader) = steady();
    let (_, ticket) = reading(event(&mut feed, 8));
    let ask = asking(feed.read(ticket, nothing()));
    assert!(feed.awaits(ask));
    feed.not_asked(ask);
    assert_eq!(reader.took(), "");
    let (_, ticket) = reading(feed.suspect());
    assert_eq!(feed.read(ticket, entries(5..=8)), None);
    assert_eq!(reader.took(), "6 7 8");
}

#[test]
fn after_a_reconnect_the_position_is_checked() {
    let (mut feed, reader) = steady();
    let (from, ticket) = reading(feed.suspect());
    assert_eq!(from, Some(5));
    assert_eq!(feed.read(ticket, entries(5..=7)), None);
    assert_eq!(reader.took(), "6 7");

    let (_, ticket) = reading(feed.suspect());
    assert_eq!(feed.suspect(), None, "during the reading");
    let (_, again) = reading(feed.read(ticket, entries(7..=7)));
    assert_eq!(feed.read(again, entries(7..=8)), None);
    assert_eq!(reader.took(), "8");
}

#[test]
fn a_lost_last_message_is_found_by_the_regular_check() {
    let (mut feed, reader) = steady();
    assert_eq!(feed.check(Some(5)), None);
    assert_eq!(feed.check(Some(4)), None, "overtaken");
    let (from, ticket) = reading(feed.check(Some(6)));
    assert_eq!(from, Some(5));
    assert_eq!(feed.read(ticket, entries(5..=6)), None);
    assert_eq!(reader.took(), "6");
}

#[test]
fn a_vanished_stream_is_asked_about_while_live_events_go_on() {
    let (mut feed, reader) = steady();
    let ask = asking(feed.check(None));
    assert_eq!(event(&mut feed, 6), None);
    assert_eq!(reader.took(), "6");
    feed.unanswered(ask);
    asking(feed.check(None));
    assert_eq!(feed.head(&k3(), 6), None);
    assert_eq!(feed.check(None), None, "confirmed a moment ago");
    assert_eq!(reader.took(), "");

    assert_eq!(feed.check(Some(6)), None);
    asking(feed.check(None));
    let (_, ticket) = reading(feed.head(&k3(), 7));
    assert_eq!(feed.read(ticket, entries(6..=7)), None);
    assert_eq!(reader.took(), "7");
}

#[test]
fn a_gap_during_a_check_does_not_wait_for_the_answer() {
    let (mut feed, reader) = steady();
    let ask = asking(feed.check(None));
    let (_, ticket) = reading(event(&mut feed, 7));
    feed.unanswered(ask);
    assert_eq!(feed.read(ticket, entries(5..=7)), None);
    assert_eq!(reader.took(), "6 7");
}

#[test]
fn another_nodes_answer_is_a_hint() {
    let (mut feed, reader) = steady();
    assert_eq!(feed.head(&k3(), 5), None);
    let (_, ticket) = reading(feed.head(&k3(), 6));
    assert_eq!(feed.read(ticket, entries(5..=6)), None);
    assert_eq!(reader.took(), "6");
}

#[test]
fn a_new_epoch_makes_everybody_resync() {
    let (mut feed, reader) = steady();
    let k4: Epoch = "k4".parse().unwrap();
    let (from, ticket) = reading(feed.event(&k4, 2, "e2".into()));
    assert_eq!(from, None);
    assert_eq!(feed.read(ticket, entries(2..=2)), None);
    assert_eq!(reader.took(), "resync:2:epoch");
    assert_eq!(feed.event(&k4, 3, "e3".into()), None);
    assert_eq!(reader.took(), "3");

    let late = Reader::new(2);
    let (from, ticket) = reading(feed.join(late.clone(), at(1)));
    assert_eq!(from, None, "its position means nothing here");
    assert_eq!(feed.read(ticket, entries(3..=3)), None);
    assert_eq!(late.took(), "welcome:3 resync:3:epoch");
}

#[test]
fn a_new_epoch_voids_a_reading_of_the_old_one() {
    let (mut feed, reader) = steady();
    let (_, ticket) = reading(event(&mut feed, 8));
    let k4: Epoch = "k4".parse().unwrap();
    assert_eq!(feed.epoch_is(&k4), None);
    let (_, again) = reading(feed.read(ticket, entries(5..=8)));
    asking(feed.read(again, nothing()));
    let (_, ticket) = reading(feed.head(&k4, 0));
    assert_eq!(feed.read(ticket, nothing()), None);
    assert_eq!(reader.took(), "resync:0:epoch");
}

#[test]
fn a_late_answer_to_an_earlier_question_is_ignored() {
    let mut feed = Feed::new(k3(), 8);
    let reader = Reader::new(1);
    let (_, ticket) = reading(feed.join(reader.clone(), None));
    assert_eq!(feed.read(ticket + 1_000_000, entries(1..=1)), None);
    assert_eq!(reader.took(), "");
    feed.unanswered(ticket);
    assert_eq!(feed.read(ticket, entries(5..=5)), None);
    assert_eq!(reader.took(), "welcome:5");
}

#[test]
fn a_full_socket_is_left_behind_and_the_others_go_on() {
    let (mut feed, first) = steady();
    let second = Reader::new(2);
    assert_eq!(feed.join(second.clone(), None), None);
    *first.room.borrow_mut() = 1;
    for seq in 6..=8 {
        assert_eq!(event(&mut feed, seq), None);
    }
    assert_eq!(first.took(), "6");
    assert_eq!(second.took(), "welcome:5 6 7 8");
    feed.leave(2);
    assert!(feed.is_empty());
}
