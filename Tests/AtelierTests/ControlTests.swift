import ArgumentParser
import CoordinatorService
import FarmModel
import Foundation
import Testing

@testable import atelier

/// Commands that watch and steer a farm: what they read and what they print.
struct ControlTests {
    private func status(
        _ name: String = "hills", waiting: UInt32 = 0, running: UInt32 = 0, succeeded: UInt32 = 0, failed: UInt32 = 0,
        cancelled: UInt32 = 0, isPaused: Bool = false, failure: String? = nil
    ) -> JobStatus {
        JobStatus(
            job: JobID(3), name: name, total: waiting + running + succeeded + failed + cancelled, waiting: waiting,
            running: running, succeeded: succeeded, failed: failed, cancelled: cancelled, isPaused: isPaused,
            failure: failure)
    }

    @Test("A job has one word for its state")
    func states() {
        #expect(StatusText.state(of: status(waiting: 1)) == "waiting")
        #expect(StatusText.state(of: status(waiting: 1, running: 1)) == "running")
        #expect(StatusText.state(of: status(waiting: 1, running: 1, isPaused: true)) == "paused")
        #expect(StatusText.state(of: status(succeeded: 2)) == "done")
        #expect(StatusText.state(of: status(succeeded: 2, failed: 1)) == "failed")
        #expect(StatusText.state(of: status(succeeded: 2, cancelled: 1)) == "cancelled")
        #expect(StatusText.state(of: status(succeeded: 2, cancelled: 1, failure: "too many failed")) == "failed")
        #expect(JobShowCommand.text(status(succeeded: 1, failure: "x")).contains("why        x"))
    }

    @Test("Tables keep to 80 columns, however long names are, and cut only what is marked for it")
    func tables() throws {
        let long = String(repeating: "n", count: 100)
        let worker = try #require(WorkerID(long))
        let texts = [
            JobsCommand.text([status(long, waiting: 2_000_000, running: 100), status("b", succeeded: 1)]),
            TasksCommand.text(
                [TaskStatus(index: 1_999_999, state: .succeeded, attempts: 123, failures: 99, worker: worker)],
                of: JobID(99_999)),
            WorkersCommand.text([
                WorkerStatus(
                    worker: worker, state: .draining, slots: 64, capabilities: Capabilities(tags: ["fast", long]),
                    silentMilliseconds: 100_000_000)
            ]),
        ]
        for text in texts {
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            #expect(text.contains("…"))
        }
        #expect(texts[0].contains("0/2000100") && texts[1].contains("99999/1999999"))
        #expect(JobsCommand.text([]) == "no jobs" && WorkersCommand.text([]) == "no workers")
    }

    @Test("A job is named by its number or its name, and a number may be a name")
    func jobReferences() {
        #expect(JobReference(text: "hills").queries == [.jobNamed("hills")])
        #expect(JobReference(text: "12").queries == [.job(JobID(12)), .jobNamed("12")])
        #expect(JobReference(text: "0").queries == [.jobNamed("0")])
        #expect(JobReference(text: "").queries == [] && JobReference(text: "a/b").queries == [])
    }

    @Test("A task is named by its job and its place")
    func references() throws {
        let task = try TaskReference("hills/17")
        #expect(task.job == JobReference(text: "hills") && task.index == 17)
        for wrong in ["17", "/17", "hills/", "hills/x", "a/b/3", "hills/-1"] {
            #expect(throws: UserError.self) { try TaskReference(wrong) }
        }
        #expect(throws: UserError.self) { try WorkerID.named("no such name") }
    }

    @Test("Terms of a template reach every step, flags win, and only what changes the pictures' work makes another job")
    func terms() throws {
        func parse(_ yaml: String) throws -> JobTemplate {
            try TemplateParser(file: "t.yaml").parse(yaml, defaultName: "t")
        }
        var template = try parse(
            """
            noop: { tasks: 101 }
            priority: 2
            submitter: ann
            failure_limit: 5
            memory: 1.5
            device: cpu
            tags: [fast, big]
            chain: true
            checkpoint: 30
            stall: 0.5
            retries: 0
            minimum: 2
            maximum: 60
            expected: 10
            """)
        let flags = try TermFlags.parse(["--priority", "-4", "--tag", "slow", "--memory", "2"])
        template.terms = template.terms.overridden(by: try flags.terms)
        let spec = template.jobSpec
        #expect(spec.priority == -4 && spec.submitter == "ann" && spec.failureLimit == 5 && spec.steps.count == 2)
        #expect(spec.retries == RetryBudget(infrastructure: 0, task: 0, badOutput: 0))
        for step in spec.steps {
            #expect(step.isChain && step.checkpointMilliseconds == 30_000 && step.stallMilliseconds == 500)
            #expect(step.minimumMilliseconds == 2_000 && step.maximumMilliseconds == 60_000)
            #expect(
                step.requirements
                    == Requirements(
                        memoryBytes: 2_000_000_000, device: .cpu, tags: ["slow"], expectedMilliseconds: 10_000))
        }
        func key(_ yaml: String) throws -> Digest { try JobPreparation.prepare(try parse(yaml)).key }
        let plain = try key("noop: { tasks: 3 }")
        #expect(try key("noop: { tasks: 3 }\npriority: 9\nsubmitter: bob") == plain)
        #expect(try key("noop: { tasks: 3 }\nmaximum: 9") != plain)
    }

    @Test(
        "A term that makes no sense is refused with what it accepts",
        arguments: [
            ("priority: 1.5", "priority is a whole number"), ("failure_limit: 0", "a number of tasks from 1"),
            ("memory: -1", "gigabytes from 0"), ("retries: -1", "a number from 0"),
            ("minimum: x", "seconds from 0.001"), ("device: tpu", "cpu or gpu"), ("tags: [1]", "a list of words"),
            ("chain: 1", "true or false"), ("stall: 0", "seconds from 0.001"), ("expected: long", "seconds from 0.001"),
            ("submitter: 3", "submitter is a name"),
        ])
    func unfitTerms(yaml: String, words: String) {
        let error = #expect(throws: TemplateError.self) {
            try TemplateParser(file: "t.yaml").parse("noop: { tasks: 1 }\n" + yaml, defaultName: "t")
        }
        #expect(error.map { "\($0)".contains(words) && "\($0)".contains("t.yaml:2") } == true)
    }

    @Test("Flags that contradict each other or lie outside their range are refused")
    func badFlags() {
        #expect(throws: (any Error).self) { try ControlFlags.parse(["--connect", "tcp://a:1", "--state", "x"]) }
        #expect(throws: (any Error).self) { try ControlFlags.parse(["--connect", "a:1"]) }
        #expect(throws: (any Error).self) { try TermFlags.parse(["--stall", "0"]) }
        #expect(throws: (any Error).self) { try TermFlags.parse(["--memory", "-1"]) }
        #expect(throws: (any Error).self) { try TermFlags.parse(["--retries", "1001"]) }
        #expect(throws: (any Error).self) { try TasksCommand.parse(["hills", "--from", "2000000"]) }
        #expect(throws: (any Error).self) { try RetryCommand.parse(["hills", "3", "2000000"]) }
        #expect(throws: (any Error).self) { try WorkerCommand.parse(["--lifetime", "316224001"]) }
        #expect(throws: Never.self) { try WorkerCommand.parse(["--lifetime", "316224000"]) }
        for reserve in ["x", "5", "-1%", "60%", "GB"] {
            #expect(throws: (any Error).self) { try StorageFlags.parse(["--reserve", reserve]) }
        }
    }

    @Test("What is kept free is a part of the volume or a number of octets")
    func reserve() throws {
        let part = try StorageFlags.parse(["--reserve", "10%", "--quota", "2"]).storage
        #expect(part.reserveFraction == 0.1 && part.reserveBytes == 0 && part.quotaBytes == 2_000_000_000)
        let octets = try StorageFlags.parse(["--reserve", "0.5GB", "--quarantine", "1"]).storage
        #expect(octets.reserveFraction == 0 && octets.reserveBytes == 500_000_000)
        #expect(octets.quarantineSeconds == 3_600 && octets.quotaBytes == nil)
    }
}
