package io.obd.dist;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between the modules: who may know whom. A change to this table is a change to the design. */
class ModuleDirectionsTest {
    private static final Set<String> FORMATS = Set.of("lsmt", "fs", "rafs");
    private static final Set<String> PROGRAMS = Set.of(
            "tcmu", "snapshotter", "convertor", "tools", "ctr", "nydusimage", "nydusd", "nydusify", "nydussnapshotter");
    private static final Set<String> NATIVE = Set.of("linux", "block", "fs");

    /** Module (its package below io.obd) to the modules it may use. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("logfmt", Set.of()),
            Map.entry("commandline", Set.of()),
            Map.entry("linux", Set.of()),
            Map.entry("block", Set.of("linux")),
            Map.entry("fuse", Set.of("linux", "block")),
            Map.entry("holder", Set.of("linux")),
            Map.entry("lsmt", Set.of("linux", "block")),
            Map.entry("fs", Set.of("linux", "block")),
            Map.entry("rafs", Set.of("linux", "block", "fs")),
            Map.entry("httpserver", Set.of()),
            Map.entry("registry", Set.of()),
            Map.entry("blobstore", Set.of("linux", "block", "registry")),
            Map.entry("unixhttp", Set.of()),
            Map.entry("image", Set.of("linux", "block", "lsmt", "registry", "blobstore", "unixhttp")),
            Map.entry("convert", Set.of("linux", "block", "registry")),
            Map.entry("engines", Set.of("linux", "block", "lsmt", "fs", "registry", "image", "convert")),
            Map.entry("containerd", Set.of()),
            Map.entry("snapshots", Set.of("linux", "registry", "containerd")),
            Map.entry(
                    "tcmu",
                    Set.of(
                            "commandline",
                            "linux",
                            "block",
                            "fuse",
                            "holder",
                            "httpserver",
                            "logfmt",
                            "lsmt",
                            "fs",
                            "registry",
                            "blobstore",
                            "image")),
            Map.entry(
                    "snapshotter",
                    Set.of("commandline", "linux", "block", "lsmt", "registry", "image", "containerd", "snapshots")),
            Map.entry(
                    "nydussnapshotter",
                    Set.of("commandline", "linux", "registry", "unixhttp", "httpserver", "containerd", "snapshots")),
            Map.entry("nydusbackend", Set.of("linux", "block", "rafs", "registry")),
            Map.entry("nydusimage", Set.of("commandline", "linux", "block", "fs", "rafs", "nydusbackend")),
            Map.entry(
                    "nydusd",
                    Set.of(
                            "commandline",
                            "linux",
                            "block",
                            "fs",
                            "fuse",
                            "httpserver",
                            "logfmt",
                            "unixhttp",
                            "rafs",
                            "registry",
                            "nydusbackend")),
            Map.entry("nydusify", Set.of("commandline", "linux", "block", "fs", "rafs", "registry", "convert")),
            Map.entry(
                    "convertor",
                    Set.of("commandline", "linux", "block", "lsmt", "fs", "registry", "image", "convert", "engines")),
            Map.entry("tools", Set.of("commandline", "linux", "block", "lsmt", "fs", "registry", "blobstore", "image")),
            Map.entry(
                    "ctr",
                    Set.of(
                            "commandline",
                            "linux",
                            "block",
                            "lsmt",
                            "registry",
                            "image",
                            "convert",
                            "engines",
                            "containerd")));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.obd");

    @TestFactory
    Stream<DynamicTest> aModuleUsesOnlyTheModulesBelowIt() {
        return ARROWS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(arrow -> DynamicTest.dynamicTest(
                        arrow.getKey(),
                        () -> noClasses()
                                .that()
                                .resideInAPackage(packages(arrow.getKey()))
                                .should()
                                .dependOnClassesThat()
                                .resideInAnyPackage(modulesClosedTo(arrow.getKey(), arrow.getValue()))
                                .allowEmptyShould(true)
                                .check(CLASSES)));
    }

    @Test
    void everyModuleHasItsPlaceInTheTable() {
        Set<String> found = CLASSES.stream()
                .map(type -> type.getPackageName().split("\\."))
                .filter(parts -> parts.length > 2)
                .map(parts -> parts[2])
                .filter(module -> !module.equals("dist"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(found).isNotEmpty().isSubsetOf(ARROWS.keySet());
    }

    @Test
    void theTableKeepsFormatsFromNetworksAndProgramsFromEachOther() {
        assertThat(ARROWS.entrySet()).allSatisfy(arrow -> {
            assertThat(arrow.getValue()).doesNotContainAnyElementsOf(PROGRAMS);
            if (FORMATS.contains(arrow.getKey())) {
                assertThat(arrow.getValue()).doesNotContain("registry", "blobstore");
            }
        });
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.obd.(**)")
                .namingSlices("$1")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void nativeCallsAreMadeInTheLibrariesForThemOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        NATIVE.stream().map(ModuleDirectionsTest::packages).toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jnr.ffi..", "com.kenai.jffi..")
                .check(CLASSES);
    }

    @Test
    void formatsKnowNothingOfNetworks() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        FORMATS.stream().map(ModuleDirectionsTest::packages).toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("okhttp3..", "io.netty..", "io.grpc..", "java.net.http..")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    /** Out of an ahead-of-time cache it is where the cache was recorded, or there is none. */
    @Test
    void nobodyAsksForTheCodeSourceOfAClass() {
        noClasses().should().callMethod(ProtectionDomain.class, "getCodeSource").check(CLASSES);
    }

    private static String[] modulesClosedTo(String module, Set<String> uses) {
        return ARROWS.keySet().stream()
                .filter(other -> !other.equals(module) && !uses.contains(other))
                .map(ModuleDirectionsTest::packages)
                .toArray(String[]::new);
    }

    private static String packages(String module) {
        return "io.obd." + module + "..";
    }
}
