/// Where a router or dealer puts what it has read, with the element type of the mailbox forgotten.
struct Intake: Sendable {
    let deliver: @Sendable (Inbound) -> Void
    let hasRoom: @Sendable () -> Bool
    let whenRoom: @Sendable (@escaping @Sendable () -> Void) -> Void

    init<Element>(_ mailbox: Mailbox<Element>, _ wrap: @escaping @Sendable (Inbound) -> Element) {
        deliver = { mailbox.append(wrap($0)) }
        hasRoom = { mailbox.hasRoom }
        whenRoom = { mailbox.whenRoom($0) }
    }
}
