package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.blobstore.FaultyRegistry;
import io.obd.blobstore.FaultyRegistry.Answer;
import io.obd.blobstore.FaultyRegistry.Request;
import io.obd.registry.Digest;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The table of what a registry can do wrong, through a device: its readers get their bytes or EIO, in time. */
@Tag("e2e")
class FaultyDeviceTest {
    private static final int TIMES = Boolean.getBoolean("e2e.long") ? 100 : 1;
    private static final int LIMIT_SECONDS = 2;

    /** What a limit may be exceeded by, on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(10);

    private static final Duration LIMIT = Duration.ofSeconds(LIMIT_SECONDS).plus(SLACK);

    private static final int BLOCK = 4096;
    private static final int SIZE = 64 << 20;

    /** Blocks from one that is read to the next; odd, so that every block comes before one comes again. */
    private static final int STRIDE = 5003;

    private static final int FETCHED_ALONG = 200;

    /** Readers side by side: most faults take as long as a reader waits. */
    private static final int AT_ONCE = Math.min(10, TIMES);

    private Path directory;
    private LocalDevices devices;
    private FaultyRegistry registry;
    private Digest digest;
    private byte[] content;
    private byte[] layer;
    private Path device;
    private int next;

    @BeforeEach
    void attachARemoteLayer() throws Exception {
        directory = TestEnvironment.directory(FaultyDeviceTest.class);
        devices = LocalDevices.start(
                directory,
                Map.of(
                        "ioTimeoutSeconds",
                        LIMIT_SECONDS,
                        "cacheConfig",
                        Map.of("cacheDir", directory.resolve("cache").toString(), "refillSize", BLOCK),
                        "registry",
                        Map.of(
                                "connectTimeout",
                                1,
                                "readTimeout",
                                1,
                                "hostsDir",
                                directory.resolve("none").toString())));
        content = new byte[SIZE];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("content"), content);
        devices.specifyUpper("upper", 1);
        Commands.in(directory)
                .run("dd", "if=" + file, "of=" + devices.attach("upper"), "bs=1M", "oflag=direct")
                .orFail();
        devices.detach("upper");
        devices.specifyCompressedCommit("upper", "local");
        layer = Files.readAllBytes(Path.of(devices.file("local", "layer")));
        digest = Digest.sha256(layer);
        registry = FaultyRegistry.of(layer);
        devices.specifyRemote("remote", registry.blobsUrl(), digest.toString());
        device = Path.of(devices.attach("remote"));
    }

    @AfterEach
    void stop() throws Exception {
        registry.close();
        devices.end();
    }

    @Test
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void readersGetTheirBytesOrAnErrorInTime() throws Exception {
        passes("a server error that passes", request -> request.reply(503, ""));
        passes("an answer that is cut off once", Request::truncate);
        passes("a connection that is reset once", Request::reset);
        passes("a request for patience", request -> request.reply(429, "", "Retry-After: 1"));
        passesWithATokenThatExpired();

        fails("401", request -> request.reply(401, "", "WWW-Authenticate: Basic realm=\"r\""));
        fails("403", request -> request.reply(403, ""));
        fails("404", request -> request.reply(404, ""));
        fails("416", request -> request.reply(416, ""));
        fails("patience for too long", request -> request.reply(429, "", "Retry-After: 100"));
        fails("500", request -> request.reply(500, "oh dear"));
        fails("answers that are cut off", Request::truncate);
        fails("connections that are reset", Request::reset);
        fails("too many bytes", Request::serveTooMuch);
        fails("another range", Request::serveElsewhere);
        fails(
                "a page of HTML",
                request -> request.reply(200, "<html>Sign in</html>", "Content-Type: text/html; charset=utf-8"));
        fails("wrong bytes", Request::serveDamaged);
        if (TIMES == 1) {
            // Of the many failures of the long form the log lists only some.
            assertThat(devices.backend().log().text())
                    .containsPattern(digest + ": at byte [0-9]+: ZFile block [0-9]+: CRC is");
        }
        fails("a drip", request -> request.drip(50));
        fails("silence", Request::keepSilent);
        failsWhileTheRegistryIsGone();
        aNameThatIsUnknownIsTold();
    }

    /** What happens once costs time only. */
    private void passes(String what, Answer once) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            registry.answerFirst(1, once);
            read(what, freshBlock());
        }
        registry.answer(Request::serve);
    }

    private void passesWithATokenThatExpired() throws Exception {
        AtomicInteger token = new AtomicInteger();
        registry.answer(request -> {
            if (request.target().startsWith("/token")) {
                request.reply(200, "{\"token\": \"t" + token.get() + "\"}");
            } else if (request.header("Authorization").equals("Bearer t" + token.get())) {
                request.serve();
            } else {
                String realm = "http://localhost:" + registry.port() + "/token";
                request.reply(
                        401,
                        "",
                        "WWW-Authenticate: Bearer realm=\"" + realm + "\",service=\"s\",scope=\"repository:app:pull\"");
            }
        });
        for (int i = 0; i < TIMES; i++) {
            token.incrementAndGet();
            read("a token that expired", freshBlock());
        }
        registry.answer(Request::serve);
    }

    /** What stays is EIO, and when it is over the same block can be read. */
    private void fails(String what, Answer always) throws Exception {
        for (int done = 0; done < TIMES; done += AT_ONCE) {
            registry.answer(always);
            List<Integer> blocks = failingBlocks(what);
            registry.answer(Request::serve);
            for (int block : blocks) {
                read(what + " that is over", block);
            }
        }
    }

    private void failsWhileTheRegistryIsGone() throws Exception {
        for (int done = 0; done < TIMES; done += AT_ONCE) {
            int port = registry.port();
            registry.close();
            List<Integer> blocks = failingBlocks("a registry that is gone");
            ServerSocket socket = new ServerSocket(port, 1000, InetAddress.getLoopbackAddress());
            registry = new FaultyRegistry(ByteBuffer.wrap(layer), digest, socket);
            for (int block : blocks) {
                read("a registry that is back", block);
            }
        }
    }

    private void aNameThatIsUnknownIsTold() throws Exception {
        devices.specifyRemote("unknown", "http://registry.invalid/v2/app/blobs", digest.toString());

        assertThat(devices.refusal("unknown")).contains("registry.invalid", "cannot be resolved");
    }

    /**
     * Reads blocks, some at once, until as many have failed, and returns those. On a busy machine the registry looks far away
     * for a while, and what lies around a block is fetched along: such blocks are served from the cache, with the right bytes.
     */
    private List<Integer> failingBlocks(String what) throws Exception {
        List<Integer> failed = new ArrayList<>();
        for (int i = 0; failed.size() < AT_ONCE; i += AT_ONCE) {
            assertThat(i).as("%s: blocks that could be read", what).isLessThan(AT_ONCE + FETCHED_ALONG);
            Map<Integer, Future<Run>> runs = new LinkedHashMap<>();
            try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int reader = 0; reader < AT_ONCE; reader++) {
                    int block = freshBlock();
                    runs.put(block, readers.submit(() -> block(block)));
                }
            }
            for (Map.Entry<Integer, Future<Run>> one : runs.entrySet()) {
                Run run = one.getValue().resultNow();
                assertThat(run.took()).as(what).isLessThan(LIMIT);
                if (run.succeeded()) {
                    assertRead(what, one.getKey());
                } else {
                    assertThat(run.err()).as(what).contains("Input/output error");
                    failed.add(one.getKey());
                }
            }
        }
        return failed;
    }

    private void read(String what, int block) throws Exception {
        Run run = block(block);
        assertThat(run.err()).as(what).isEmpty();
        assertRead(what, block);
        assertThat(run.took()).as(what).isLessThan(LIMIT);
    }

    private void assertRead(String what, int block) throws Exception {
        assertThat(ByteBuffer.wrap(Files.readAllBytes(output(block))))
                .as(what)
                .isEqualTo(ByteBuffer.wrap(content, block * BLOCK, BLOCK));
    }

    /** One that was not read before, far from the last. */
    private int freshBlock() {
        next++;
        return next * STRIDE % (SIZE / BLOCK);
    }

    /** Reads past the page cache. */
    private Run block(int number) throws Exception {
        return Commands.in(directory)
                .run(
                        "dd",
                        "if=" + device,
                        "of=" + output(number),
                        "bs=" + BLOCK,
                        "count=1",
                        "skip=" + number,
                        "iflag=direct",
                        "status=none");
    }

    private Path output(int block) {
        return directory.resolve("block-" + block);
    }
}
