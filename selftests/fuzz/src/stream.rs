// SPDX-License-Identifier: GPL-2.0

//! The PDUs that a connection sends, while tasks come and go and the connection is lost and made anew: on each TCP
//! connection, a PDU follows another only when that is complete, and none begins in its middle.

use crate::input::Input;
use iscsi_proto::transmit::{
    Error,
    Part,
    PduTransmit,
    Stream,
    Turn, //
};

/// What the library and the network do.
#[derive(Clone, Copy)]
enum Act {
    /// A PDU of a task is prepared.
    Prepare,
    /// A task is asked for, and as much sent as the socket takes.
    Send,
    /// The connection is lost, its tasks with it, and a new one is made.
    Rebind,
}

/// A PDU on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pdu {
    number: u32,
    /// Whether some of it was sent, on whatever connection.
    begun: bool,
    left: u32,
}

/// All that has been done, as the other end of the wire sees it.
struct Scene {
    stream: Stream,
    binding: u32,
    /// The task whose PDU was prepared last, and that PDU while it is not complete.
    prepared: Option<(i32, Pdu)>,
    pdus: u32,
    /// The PDU that is incomplete on this TCP connection.
    open: Option<Pdu>,
    /// Whether there is one that never will be complete.
    torn: bool,
}

impl Scene {
    fn prepare(&mut self, task: i32, data_len: u32) {
        let progress = PduTransmit::new(48, data_len, false).expect("there is such a PDU");
        self.pdus += 1;
        let pdu = Pdu {
            number: self.pdus,
            begun: false,
            left: progress.unsent(),
        };
        self.prepared = Some((task, pdu));
        self.stream.prepare(task, progress);
    }

    fn send(&mut self, task: i32, room: u32) {
        self.prepared = self.prepared.filter(|(of, _)| *of == task);
        let pdu = self.prepared.map(|(_, pdu)| pdu);
        // Neither may another PDU follow an incomplete one, nor one go on that began elsewhere.
        self.torn |= self.open.is_some() && pdu != self.open;
        self.torn |= pdu.is_some_and(|pdu| pdu.begun) && pdu != self.open;
        let turn = self.stream.turn(task, self.binding);
        match pdu {
            _ if self.torn => {
                assert_eq!(turn, Turn::Torn);
                self.prepared = self.prepared.filter(|(_, pdu)| !pdu.begun);
            }
            None => assert_eq!(turn, Turn::Idle),
            Some(pdu) => {
                assert_eq!(turn, Turn::Send);
                self.send_piece(task, pdu, room);
            }
        }
    }

    fn send_piece(&mut self, task: i32, mut pdu: Pdu, room: u32) {
        let chunk = self
            .stream
            .next_chunk()
            .expect("there is something to send");
        assert_eq!(chunk.part == Part::Header && chunk.offset == 0, !pdu.begun);
        let beyond = pdu.left as usize + 1;
        assert_eq!(self.stream.advance(beyond), Err(Error::Overrun));
        let taken = chunk.len.min(room);
        self.stream.advance(taken as usize).expect("it was offered");
        pdu.left -= taken;
        pdu.begun |= taken > 0;
        let incomplete = (pdu.left > 0).then_some(pdu);
        self.prepared = incomplete.map(|pdu| (task, pdu));
        self.open = incomplete.filter(|pdu| pdu.begun);
        assert_eq!(self.stream.next_chunk().is_some(), incomplete.is_some());
    }

    fn rebind(&mut self) {
        self.binding += 1;
        self.open = None;
        self.torn = false;
    }
}

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut scene = Scene {
        stream: Stream::default(),
        binding: 0,
        prepared: None,
        pdus: 0,
        open: None,
        torn: false,
    };
    while !input.is_empty() {
        let act = input.choose(&[Act::Prepare, Act::Send, Act::Rebind]);
        let (task, len) = (i32::from(input.byte() % 3), u32::from(input.byte()));
        match act {
            Act::Prepare => scene.prepare(task, len),
            Act::Send => scene.send(task, len),
            Act::Rebind => scene.rebind(),
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |acts: &[[u8; 3]]| acts.concat();
    vec![
        // A PDU with data, in three turns; then nothing is left.
        scene(&[[0, 1, 100], [1, 1, 20], [1, 1, 255], [1, 1, 255], [1, 1, 0]]),
        // Nothing is sent yet when another task comes.
        scene(&[[0, 1, 0], [0, 2, 0], [1, 2, 48], [1, 1, 48]]),
        // Half is sent when another task comes.
        scene(&[[0, 1, 0], [1, 1, 20], [0, 2, 0], [1, 2, 48]]),
        scene(&[[0, 1, 0], [1, 1, 20], [1, 2, 48], [1, 1, 48]]),
        // Half is sent when the connection is lost.
        scene(&[[0, 1, 0], [1, 1, 20], [2, 0, 0], [0, 1, 0], [1, 1, 48]]),
        scene(&[[0, 1, 0], [1, 1, 20], [2, 0, 0], [1, 1, 28], [1, 1, 28]]),
    ]
}
