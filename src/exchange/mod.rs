//! Exchange: cmdlets as typed requests, their results as typed rows. No I/O.
