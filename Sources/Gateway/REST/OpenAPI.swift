import Supervise

/// The OpenAPI document, made from the API's table.
///
/// - Source: https://spec.openapis.org/oas/v3.1.0
enum OpenAPI {
    /// - Parameter base: `base_path` of the server, which clients have in front of each path; empty: none.
    static func document(_ operations: [RESTOperation], below base: String) -> JSON {
        var paths: [JSON.Member] = []
        for operation in operations {
            let member = JSON.Member(operation.verb.word, describe(operation))
            let path = operation.path.text
            if let index = paths.firstIndex(where: { $0.name == path }), case .object(let members) = paths[index].value
            {
                paths[index].value = .object(members + [member])
            } else {
                paths.append(.init(path, .object([member])))
            }
        }
        let servers: [JSON.Member] =
            base.isEmpty ? [] : [.init("servers", .array([.members(["url": .string(base)])]))]
        let members: KeyValuePairs<String, JSON> = [
            "openapi": "3.1.0",
            "info": .members([
                "title": .string(Version.name), "version": .string(Version.number),
                "description":
                    "The programs that init supervises, and how to control them. Names are `group:process`, or `process` alone.",
            ]),
            "paths": .object(paths),
            "components": .members([
                "schemas": .object(schemas),
                "securitySchemes": .members(["password": .members(["type": "http", "scheme": "basic"])]),
            ]),
            // If the server has a password.
            "security": .array([.members([:]), .members(["password": .array([])])]),
        ]
        return .object(members.map { JSON.Member($0.key, $0.value) } + servers)
    }

    // MARK: Operations

    private static func describe(_ operation: RESTOperation) -> JSON {
        var parameters: [JSON] = operation.path.places.map { place in
            .members([
                "name": .string(place), "in": "path", "required": .bool(true),
                "schema": .members(["type": "string", "minLength": .int(1)]),
            ])
        }
        parameters += operation.query.map { field in
            .members([
                "name": .string(field.name), "in": "query", "required": .bool(field.isRequired),
                "description": .string(field.about), "schema": schema(of: field), "style": "form",
                "explode": .bool(false),
            ])
        }
        var members: [JSON.Member] = [
            .init("operationId", .string(operation.id)), .init("summary", .string(operation.summary)),
            .init("parameters", .array(parameters)),
        ]
        if !operation.body.isEmpty { members.append(.init("requestBody", requestBody(operation))) }
        members.append(.init("responses", responses(operation)))
        return .object(members)
    }

    private static func requestBody(_ operation: RESTOperation) -> JSON {
        let required = operation.body.filter(\.isRequired).map { JSON.string($0.name) }
        var schema: [JSON.Member] = [
            .init("type", "object"),
            .init(
                "properties",
                .object(
                    operation.body.map { field in
                        guard case .object(let members) = self.schema(of: field) else {
                            return .init(field.name, .null)
                        }
                        return .init(field.name, .object(members + [.init("description", .string(field.about))]))
                    })), .init("additionalProperties", .bool(false)),
        ]
        if !required.isEmpty { schema.append(.init("required", .array(required))) }
        return .members([
            "required": .bool(!required.isEmpty),
            "content": .members(["application/json": .members(["schema": .object(schema)])]),
        ])
    }

    private static func schema(of field: RESTOperation.Field) -> JSON {
        switch field.kind {
        case .text: .members(["type": "string"])
        case .flag: .members(["type": "boolean"])
        case .integer(let range):
            .members(["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)])
        case .word(let words): .members(["type": "string", "enum": .array(words.map(JSON.string))])
        case .words(let words):
            .members([
                "type": "array", "minItems": .int(1),
                "items": .members(["type": "string", "enum": .array(words.map(JSON.string))]),
            ])
        }
    }

    private static func responses(_ operation: RESTOperation) -> JSON {
        let success = success(operation)
        var members: [JSON.Member] = []
        if case .nothing = operation.result {
            members.append(.init("204", success))
        } else {
            members.append(.init("200", success))
        }
        if operation.isDeferred { members.append(.init("202", success)) }
        members.append(
            .init(
                "default",
                .members([
                    "description": "The request was rejected, or it failed.",
                    "content": .members(["application/problem+json": .members(["schema": reference("Problem")])]),
                ])))
        return .object(members)
    }

    private static func success(_ operation: RESTOperation) -> JSON {
        let (type, schema): (String, JSON)
        switch operation.result {
        case .nothing: return .members(["description": "Done."])
        case .one(let name): (type, schema) = ("application/json", reference(name))
        case .many(let name):
            (type, schema) = ("application/json", .members(["type": "array", "items": reference(name)]))
        case .openAPI: (type, schema) = ("application/json", .members(["type": "object"]))
        case .text: (type, schema) = ("text/plain", .members(["type": "string"]))
        case .events: (type, schema) = ("text/event-stream", .members(["type": "string"]))
        }
        var members: [JSON.Member] = [
            .init("description", "It is so."), .init("content", .object([.init(type, .members(["schema": schema]))])),
        ]
        if case .text = operation.result {
            let number = JSON.members(["schema": .members(["type": "integer"])])
            members.append(.init("headers", .members(["X-Log-Size": number, "X-Log-Offset": number])))
        }
        return .object(members)
    }

    private static func reference(_ name: String) -> JSON {
        .members(["$ref": .string("#/components/schemas/\(name)")])
    }

    // MARK: Schemas

    private static let schemas: [JSON.Member] = [
        .init(
            "Process",
            object([
                ("name", text), ("group", text), ("fullname", text), ("description", text), ("state", integer),
                ("statename", states), ("start", integer), ("stop", integer), ("now", integer), ("spawnerr", text),
                ("exitstatus", integer), ("logfile", text), ("stdout_logfile", text), ("stderr_logfile", text),
                ("pid", integer), ("uptime", .members(["type": .array(["integer", "null"])])),
                ("restarts", integer), ("unstable", .members(["type": "boolean"])),
                ("waiting_for", .members(["type": .array(["string", "null"])])),
                ("depends_on", array(of: text)),
                ("health", .members(["enum": .array(["starting", "healthy", "unhealthy", .null])])),
                ("health_checks", array(of: reference("HealthCheck"))),
                ("status_text", .members(["type": .array(["string", "null"])])),
                ("substate", .members(["type": .array(["string", "null"])])),
                ("last_exit", .members(["oneOf": .array([reference("LastExit"), .members(["type": "null"])])])),
            ])),
        .init(
            "LastExit",
            object([
                ("code", .members(["type": .array(["integer", "null"])])),
                ("signal", .members(["type": .array(["string", "null"])])),
                ("core", .members(["type": "boolean"])), ("time", integer),
            ])),
        .init(
            "HealthCheck",
            object([
                ("time", integer), ("success", .members(["type": "boolean"])), ("problem", text), ("output", text),
            ])),
        .init("Group", object([("name", text), ("processes", array(of: reference("Process")))])),
        .init(
            "Result",
            object([
                ("name", text), ("group", text), ("fullname", text), ("status", integer), ("description", text),
            ])),
        .init(
            "Supervisor",
            object([
                ("name", text), ("version", text), ("identification", text), ("pid", integer),
                ("state", object([("statecode", integer), ("statename", text)])), ("supervisor_version", text),
            ])),
        .init(
            "Usage",
            object([
                ("time", .members(["type": "number"])),
                (
                    "programs",
                    array(
                        of: object([
                            ("name", text), ("group", text), ("fullname", text), ("pid", integer),
                            ("processes", integer), ("threads", integer), ("cpu_seconds", .members(["type": "number"])),
                            ("memory_bytes", integer),
                        ]))
                ),
            ])),
        .init("State", object([("state", text)])),
        .init("Scale", object([("count", integer), ("stopped", array(of: text))])),
        .init(
            "Drain",
            object([
                ("draining", .members(["type": "boolean"])),
                ("seconds_left", .members(["type": .array(["integer", "null"])])),
            ])),
        .init(
            "Changes",
            object([
                ("added", array(of: text)), ("changed", array(of: text)), ("removed", array(of: text)),
                ("hooks", array(of: text)),
            ])),
        .init(
            "ConfiguredProcess",
            object([
                ("name", text), ("group", text), ("fullname", text), ("command", text),
                ("inuse", .members(["type": "boolean"])),
                ("autostart", .members(["type": "boolean"])), ("process_prio", integer), ("group_prio", integer),
            ])),
        .init(
            "Problem",
            .members([
                "type": "object", "required": .array(["type", "title", "status"]),
                "properties": .members([
                    "type": text, "title": text, "status": integer, "detail": text, "fault": integer,
                    "fault_name": text,
                ]),
            ])),
    ]

    private static let text = JSON.members(["type": "string"])
    private static let integer = JSON.members(["type": "integer"])
    private static let states = JSON.members([
        "type": "string",
        "enum": .array(ProcessState.allCases.map { .string($0.name) }),
    ])

    private static func array(of schema: JSON) -> JSON { .members(["type": "array", "items": schema]) }

    /// All of these are always present; there may be more.
    private static func object(_ properties: [(name: String, schema: JSON)]) -> JSON {
        .members([
            "type": "object", "required": .array(properties.map { .string($0.name) }),
            "properties": .object(properties.map { JSON.Member($0.name, $0.schema) }),
        ])
    }
}

extension JSON: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self = .string(text) }
}
