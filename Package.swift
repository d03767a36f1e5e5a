// swift-tools-version: 6.2
// One manifest, two builds: ordinary Swift for development and unit tests, Embedded Swift
// linked statically against musl for release (`--traits Musl`).
import PackageDescription

let embedded: BuildSettingCondition = .when(traits: ["Embedded"])
let ordinary: BuildSettingCondition = .when(traits: ["Ordinary"])
let musl: BuildSettingCondition = .when(traits: ["Musl"])

/// Everything that depends on the processor. `scripts/release` sets `REEVE_ARCH` to build for another processor than this
/// machine's (`make release ARCH=arm64`), and `REEVE_SYSROOT` to the folder with its headers and libraries (`scripts/sysroot`).
struct Architecture {
    /// The prefix of Debian's folders: `/usr/lib/x86_64-linux-gnu`, `/usr/lib/x86_64-linux-musl`.
    let folder: String
    /// The target of the Swift compiler, and the folder of its library for Embedded Swift. It names no operating system: with
    /// Linux, the compiler would look for glibc's headers, and warn that musl's differ.
    let target: String

    static let all = [
        "x86_64": Architecture(folder: "x86_64-linux", target: "x86_64-unknown-none-elf"),
        "arm64": Architecture(folder: "aarch64-linux", target: "aarch64-none-none-elf"),
    ]
    #if arch(arm64)
        static let ofThisMachine = "arm64"
    #else
        static let ofThisMachine = "x86_64"
    #endif
}

let architectureName = Context.environment["REEVE_ARCH"] ?? Architecture.ofThisMachine
guard let architecture = Architecture.all[architectureName] else {
    fatalError("REEVE_ARCH=\(architectureName): one of \(Architecture.all.keys.sorted())")
}
let system = Context.environment["REEVE_SYSROOT"] ?? ""
let muslLibraries = "\(system)/usr/lib/\(architecture.folder)-musl"
let glibcLibraries = "\(system)/usr/lib/\(architecture.folder)-gnu"
/// Overrides the target that SwiftPM passes, which is this machine: the last one on the command line counts.
let clangTarget = ["--target=\(architecture.folder)-gnu"]
/// musl's headers come first; the kernel's (linux/, asm/) and libcap's are beside glibc's.
let muslSearch =
    [
        "-nostdlibinc", "-isystem", "\(system)/usr/include/\(architecture.folder)-musl",
        "-idirafter", "\(system)/usr/include/\(architecture.folder)-gnu", "-idirafter", "\(system)/usr/include",
    ] + clangTarget
let unicodeTables = "../embedded/\(architecture.target)/libswiftUnicodeDataTables.a"

/// Optimizes for size, and the whole program at once: objects hold LLVM bitcode, which the linker compiles.
/// SwiftPM keeps objects when only flags change, so scripts/release removes them.
let small = ["-wmo", "-Osize", "-Xfrontend", "-lto=llvm-full", "-Xfrontend", "-emit-bc"]

/// Sources/CLinux/exclusivity.c checks exclusive access at run time. Embedded Swift's own functions check nothing, and would be
/// inlined before the linker could replace them.
let exclusivity =
    ["-enforce-exclusivity=checked"]
    + ["swift_beginAccess", "swift_endAccess"].flatMap { ["-Xllvm", "-force-attribute=\($0):noinline"] }

/// Flags of every Swift target that is part of PID 1 or of the command line.
let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Embedded", embedded),
    .unsafeFlags(small + exclusivity, embedded),
    // Swift 6.3 numbers the constant arrays of a function separately in each module that emits it, and gives them weak names, so the
    // linker confuses arrays of different modules. Without this pass, arrays are built at run time. `test_release.py` shows the bug.
    .unsafeFlags(["-Xllvm", "-sil-disable-pass=object-outliner"], embedded),
    .unsafeFlags(["-target", architecture.target], musl),
    .unsafeFlags(muslSearch.flatMap { ["-Xcc", $0] }, musl),
]

let tests: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let executable: [SwiftSetting] = swift + [.unsafeFlags(["-parse-as-library"])]

let c: [CSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror"]),
    .unsafeFlags(["-Oz", "-fno-omit-frame-pointer", "-ffunction-sections", "-fdata-sections"], embedded),
    .unsafeFlags(muslSearch, musl),
    .define("REEVE_MUSL", musl),
]

/// Static, without an interpreter and dead code, and with musl's start files instead of glibc's. scripts/release strips the symbols.
let link: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xclang-linker", "-static",
            // SwiftPM asks for a position-independent executable, which this static one is not.
            "-Xclang-linker", "-Wno-unused-command-line-argument",
            "-Xlinker", "--gc-sections", "-Xlinker", "--icf=all", "-Xlinker", "--no-eh-frame-hdr",
            "-Xlinker", "--build-id=sha1",
            // Sequences of instructions that stand in many places become functions: a sixteenth less code.
            "-Xlinker", "-mllvm", "-Xlinker", "-enable-machine-outliner=always",
            // And what is called from several places is not copied there.
            "-Xlinker", "-mllvm", "-Xlinker", "-inline-threshold=0",
            "-Xlinker", "-T\(Context.packageDirectory)/Sources/CLinux/sections.ld",
            "-Xlinker", "-l:\(unicodeTables)",
        ], embedded),
    .unsafeFlags(
        [
            "-Xclang-linker", "-nostdlib",
            "\(muslLibraries)/crt1.o", "\(muslLibraries)/crti.o", "-L\(muslLibraries)", "-lc",
            "\(glibcLibraries)/libcap.a", "-L\(system)/usr/lib/gcc/\(architecture.folder)-gnu/12",
            "-Xlinker", "-l:libgcc.a", "\(muslLibraries)/crtn.o",
        ] + clangTarget.flatMap { ["-Xclang-linker", $0] }, musl),
]

/// The gateway is never part of PID 1. It is ordinary Swift with SwiftNIO, and in releases linked statically against glibc.
let gateway: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-parse-as-library"]),
    .unsafeFlags(["-Osize"], .when(configuration: .release, traits: ["Ordinary"])),
]

let package = Package(
    name: "reeve",
    products: [
        .executable(name: "init", targets: ["Init"]),
        .executable(name: "ctl", targets: ["Ctl"]),
        .executable(name: "config-dump", targets: ["ConfigDump"]),
        .executable(name: "gateway", targets: ["Gateway"]),
    ],
    traits: [
        .default(enabledTraits: ["Ordinary"]),
        .trait(name: "Ordinary", description: "Development and unit tests; warnings are errors"),
        .trait(name: "Embedded", description: "Embedded Swift, sections collected, stripped"),
        .trait(name: "Musl", description: "Static against musl", enabledTraits: ["Embedded"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        // SwiftNIO's dependencies, pinned as well. SwiftPM reports that no target here uses them, which is correct.
        .package(url: "https://github.com/apple/swift-atomics.git", exact: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
    ],
    targets: [
        .target(name: "CLinux", exclude: ["sections.ld"], cSettings: c),
        .systemLibrary(name: "CCap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .target(name: "Supervise", swiftSettings: swift),
        // In the musl build, `link` names the archive by its path, since musl's folder has no libcap.
        .target(
            name: "Kernel", dependencies: ["CLinux", "CCap"], swiftSettings: swift,
            linkerSettings: [.linkedLibrary("cap", ordinary)]),
        .target(name: "Host", dependencies: ["Supervise", "Kernel"], swiftSettings: swift),
        .executableTarget(
            name: "Init", dependencies: ["Supervise", "Kernel", "Host"],
            swiftSettings: executable, linkerSettings: link),
        .executableTarget(
            name: "Ctl", dependencies: ["Supervise", "Kernel", "Host"],
            swiftSettings: executable, linkerSettings: link),
        .executableTarget(
            name: "ConfigDump", dependencies: ["Supervise", "Kernel", "Host"],
            swiftSettings: executable, linkerSettings: link),
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "Supervise", "Kernel", "CExpat",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            // Embeds the web page's files in the executable.
            resources: [
                "supervisor.css", "theme.js", "shared.js", "ansi.js", "keys.js", "usage.js", "status.js", "tail.js",
                "detail.js", "graph.js",
                "icon.svg", "icon-ill.svg",
            ]
            .map { .embedInCode("Web/Assets/\($0)") },
            swiftSettings: gateway),
        .testTarget(name: "SuperviseTests", dependencies: ["Supervise"], swiftSettings: tests),
        .testTarget(
            name: "SimulationTests", dependencies: ["Supervise"], path: "Tests/Simulation", swiftSettings: tests),
        .testTarget(name: "KernelTests", dependencies: ["Kernel", "CLinux"], swiftSettings: tests),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Supervise", "Kernel", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: tests),
        .testTarget(name: "InitTests", dependencies: ["Init", "Supervise", "Kernel"], swiftSettings: tests),
    ],
    swiftLanguageModes: [.v6]
)

// init and ctl need no packages, so `make release` builds them without a network.
if Context.environment["REEVE_WITHOUT_PACKAGES"] != nil {
    package.dependencies = []
    package.products.removeAll { $0.name == "gateway" }
    package.targets.removeAll { $0.name.hasPrefix("Gateway") }
}

// Only the gateway, for its unit tests, without what the unit tests of the core have built already.
if Context.environment["REEVE_ONLY_GATEWAY"] != nil {
    let core = ["Host", "Init", "Ctl", "ConfigDump", "SuperviseTests", "SimulationTests", "KernelTests", "InitTests"]
    package.products.removeAll { $0.name != "gateway" }
    package.targets.removeAll { core.contains($0.name) }
}
