package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class UsageTest {
    @Test
    void missingFlagsAreNamed() {
        assertUsage(Run.convertor("-i", "v1", "-o", "obd"), "--repository");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1"), "--output-tag");
        assertUsage(Run.convertor("-r", "localhost/app", "-o", "obd"), "--input-tag or --input-digest");
    }

    @Test
    void wrongValuesAreNamed() {
        assertUsage(Run.convertor("-r", "UPPER/app", "-i", "v1", "-o", "obd"), "UPPER");
        assertUsage(Run.convertor("-r", "localhost/app:v1", "-i", "v1", "-o", "obd"), "without tag");
        assertUsage(Run.convertor("-r", "localhost/app", "-g", "sha256:1", "-o", "obd"), "64");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "o b d"), "o b d");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--vsize", "0"), "--vsize");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--vsize", "big"), "--vsize");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--client-cert", "x"), "CERT:KEY");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--platform", "arm64"), "OS/ARCH");
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--output-repository", "a:b"),
                "--output-repository");
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--algorithm", "gzip"), "--algorithm");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--bs", "5"), "--bs");
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--concurrency-limit", "-1"),
                "--concurrency-limit");
    }

    @Test
    void valuesAreReadAsGoReadsThem() {
        // What is wrong is found after the rest was taken.
        assertUsage(
                Run.convertor(
                        "-r",
                        "localhost/app",
                        "-i",
                        "v1",
                        "-o",
                        "x",
                        "--plain=T",
                        "--oci=1",
                        "--plain=0",
                        "-o",
                        "o b d"),
                "o b d");
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--plain=yes"), "--plain");
    }

    @Test
    void databasesAreNamedInTheFormOfTheirKind() {
        assertUsage(Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--db-type", "oracle"), "oracle");
        Run run = Run.convertor(
                "-r",
                "localhost/app",
                "-i",
                "v1",
                "-o",
                "obd",
                "--db-type",
                "mysql",
                "--db-str",
                "root:secret@nowhere");
        assertUsage(run, "--db-str: USER:PASSWORD@tcp(HOST:PORT)/DATABASE");
        assertThat(run.err()).doesNotContain("secret");
    }

    @Test
    void thePlaceOfAMysqlDatabaseIsNoFile() {
        Run run = Run.convertor(
                "-r", "localhost/app", "-i", "v1", "-o", "obd", "--db-str", "root:secret@tcp(localhost:3306)/images");

        assertUsage(run, "--db-type mysql");
        assertThat(run.err()).doesNotContain("secret");
        for (String place : List.of("root:secret@/images", "root:secret@tcp6([::1]:3306)/images", "u:secret@tcp/x")) {
            assertUsage(
                    Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--db-str", place),
                    "--db-type mysql");
        }
    }

    @Test
    void archivesAreNotChanged() {
        assertUsage(Run.convertor("-r", "oci-archive:a.tar", "-o", "obd"), "--output-repository is missing");
        assertUsage(Run.convertor("-r", "docker-archive:a.tar", "-o", "obd"), "--output-repository is missing");
        assertUsage(Run.convertor("-r", "oci:", "-o", "obd"), "the path is missing in oci:");
        assertUsage(Run.convertor("-r", "oci:dir", "-i", "v1", "-o", "o b d"), "o b d");
    }

    @Test
    void whatCannotBeTurboOciIsNamed() {
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "--turboOCI", "t", "--fstype", "xfs"),
                "--fstype: neither ext4 nor erofs");
        assertUsage(
                Run.convertor(
                        "-r", "localhost/app", "-i", "v1", "--turboOCI", "t", "--output-repository", "localhost/b"),
                "files and --output-repository do not go with it");
        assertUsage(
                Run.convertor("-r", "oci:dir", "-i", "v1", "--turboOCI", "t"),
                "files and --output-repository do not go with it");
        assertUsage(
                Run.convertor(
                        "-r", "localhost/app", "-i", "v1", "--turboOCI", "t", "--mkfs=false", "--fstype", "erofs"),
                "--mkfs=false: the base layer has an ext4");
    }

    /** The original has none of these. */
    @Test
    void whatMeansNothingBesideTheOtherFlagsIsRefused() {
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "--turboOCI", "t", "--algorithm", "zstd"),
                "--algorithm: it is about native layers");
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "--turboOCI", "t", "--bs", "4"),
                "--bs: it is about native layers");
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--base-layer", "file"),
                "--base-layer: it goes with --mkfs=false");
        assertUsage(
                Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "--no-upload", "--db-type", "oracle"),
                "--db-type: sqlite, mysql or none");
    }

    @Test
    void aUserWithoutAPasswordIsRefused() {
        Run run = Run.convertor("-r", "localhost/app", "-i", "v1", "-o", "obd", "-u", "nobody");

        assertUsage(run, "--username: USER:PASSWORD is expected");
        assertThat(run.err()).doesNotContain("nobody");
    }

    @Test
    void helpIsNoError() {
        assertThat(Run.convertor("--help").exitCode()).isZero();
    }

    private static void assertUsage(Run run, String part) {
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(part).doesNotContain("Exception", "\tat ");
    }
}
