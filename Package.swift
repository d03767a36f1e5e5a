// swift-tools-version: 6.2
// One manifest, two builds: ordinary Swift for development and unit tests, Embedded Swift
// linked statically against musl for release (`--traits Musl`).
import PackageDescription

let embedded: BuildSettingCondition = .when(traits: ["Embedded"])
// The musl build cannot treat warnings as errors: the importer warns that it sees no glibc.
let ordinary: BuildSettingCondition = .when(traits: ["Ordinary"])
let musl: BuildSettingCondition = .when(traits: ["Musl"])
let muslHeaders = "/usr/include/x86_64-linux-musl"
let muslLibraries = "/usr/lib/x86_64-linux-musl"
/// musl's headers first; the kernel's (linux/, asm/) and libcap's from where glibc's are.
let muslSearch = [
    "-nostdlibinc", "-isystem", muslHeaders,
    "-idirafter", "/usr/include/x86_64-linux-gnu", "-idirafter", "/usr/include",
]
let unicodeTables = "../embedded/x86_64-unknown-linux-gnu/libswiftUnicodeDataTables.a"

/// Small before fast. Objects hold LLVM's bitcode, so that the linker compiles the whole program as one (see `link`); no
/// checks of exclusive access at run time (the compiler's stay). (Objects are kept when only flags change: remove them then.)
let small = [
    "-wmo", "-Osize", "-enforce-exclusivity=unchecked", "-Xfrontend", "-lto=llvm-full", "-Xfrontend", "-emit-bc",
    // One trap for all checks of a function: nobody is there to read which of them it was.
    "-Xfrontend", "-mergeable-traps",
    // What is called from many places stays a function, of Swift's optimizer (default 2) and of LLVM.
    "-Xfrontend", "-sil-inline-caller-benefit-reduction-factor", "-Xfrontend", "30",
    "-Xllvm", "-sil-inline-overall-caller-block-limit=20", "-Xllvm", "-inline-threshold=0",
]

/// Functions of the standard library that stay functions (parts of mangled names): empty strings with room for more,
/// appending to strings, appending to arrays.
let outOfLine = [
    "_createEmpty", "_StringGutsV6appendyyABF", "SS6appendyySSF", "Sa6appendyyxnF", "ContiguousArrayV6appendyyxnF",
]

/// Passes of the Swift compiler that copy code: for each closure that a function is given, or to make loops faster.
let copying = ["closure-specialize", "loop-rotate", "loop-unroll"]

/// Flags of every Swift target that is part of PID 1 or of the command line.
let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error, ordinary),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Embedded", embedded),
    .unsafeFlags(small + copying.flatMap { ["-Xllvm", "-sil-disable-pass=\($0)"] }, embedded),
    .unsafeFlags(outOfLine.flatMap { ["-Xllvm", "-sil-inline-never-functions=\($0)"] }, embedded),
    // Swift 6.3 numbers the constant arrays of a function anew in every module that emits it, under weak names: the linker
    // then takes one module's array #2 for another's. Without this pass arrays are made when they are needed.
    .unsafeFlags(["-Xllvm", "-sil-disable-pass=object-outliner"], embedded),
    .unsafeFlags(muslSearch.flatMap { ["-Xcc", $0] }, musl),
]

let tests: [SwiftSetting] = [.treatAllWarnings(as: .error, ordinary)]

let executable: [SwiftSetting] = swift + [.unsafeFlags(["-parse-as-library"])]

let c: [CSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror"]),
    .unsafeFlags(["-Oz", "-ffunction-sections", "-fdata-sections"], embedded),
    .unsafeFlags(muslSearch, musl),
    .define("REEVE_MUSL", musl),
]

/// What the linker's compiler is told: equal sequences of instructions become functions, nothing is inlined beyond what
/// makes code smaller, blocks are not copied or moved for the sake of branch prediction. Nothing is computed ahead to be kept in
/// a register, which has to be saved then: not before a loop, no constants, nothing for a second use. Few cases of a switch are
/// compared, since a table takes four bytes for each number in between. Blocks that end in the same two instructions share them.
let wholeProgram = [
    "-enable-machine-outliner=always", "-inline-threshold=0", "-disable-block-placement",
    "-disable-machine-licm", "-disable-constant-hoisting", "-disable-machine-cse", "-split-spill-mode=size",
    "-min-jump-table-entries=12", "-tail-merge-size=2",
]

/// Static, no interpreter, dead code removed, musl's start files instead of glibc's.
let link: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xclang-linker", "-static",
            "-Xlinker", "--gc-sections", "-Xlinker", "--icf=all", "-Xlinker", "-s", "-Xlinker", "--no-eh-frame-hdr",
            // Strings that end in the same way are there once.
            "-Xlinker", "-O2",
            "-Xlinker", "-T\(Context.packageDirectory)/Sources/CLinux/discard.ld",
            "-Xlinker", "-l:\(unicodeTables)",
        ] + wholeProgram.flatMap { ["-Xlinker", "-mllvm", "-Xlinker", $0] }, embedded),
    .unsafeFlags(
        [
            "-Xclang-linker", "-nostdlib",
            "\(muslLibraries)/crt1.o", "\(muslLibraries)/crti.o", "-L\(muslLibraries)", "-lc",
            "/usr/lib/x86_64-linux-gnu/libcap.a", "-Xlinker", "-l:libgcc.a", "\(muslLibraries)/crtn.o",
        ], musl),
]

/// The gateway is never part of PID 1: ordinary Swift, SwiftNIO, and in releases a static executable against glibc.
let gateway: [SwiftSetting] = [
    .treatAllWarnings(as: .error, ordinary),
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
        // SwiftNIO's own, pinned as well: SwiftPM reports that no target here uses them, which is true.
        .package(url: "https://github.com/apple/swift-atomics.git", exact: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
    ],
    targets: [
        .target(name: "CLinux", exclude: ["discard.ld"], cSettings: c),
        .systemLibrary(name: "CCap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .target(name: "Supervise", swiftSettings: swift),
        // In the musl build the archive stands in `link`, by its path: there is no libcap among musl's libraries.
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
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            // The pages' files become part of the executable, which needs no other.
            resources: [
                "supervisor.css", "theme.js", "shared.js", "ansi.js", "status.js", "tail.js", "icon.svg",
                "icon-ill.svg",
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

// What PID 1 and its command line are made of takes no package: `make release` builds them without a network.
if Context.environment["REEVE_WITHOUT_PACKAGES"] != nil {
    package.dependencies = []
    package.products.removeAll { $0.name == "gateway" }
    package.targets.removeAll { $0.name.hasPrefix("Gateway") }
}

// The other half, for the gateway's unit tests: what the first half has tested isn't built again.
if Context.environment["REEVE_ONLY_GATEWAY"] != nil {
    let core = ["Host", "Init", "Ctl", "ConfigDump", "SuperviseTests", "SimulationTests", "KernelTests", "InitTests"]
    package.products.removeAll { $0.name != "gateway" }
    package.targets.removeAll { core.contains($0.name) }
}
