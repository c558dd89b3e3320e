import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.Session;
import io.trino.execution.warnings.WarningCollector;
import io.trino.plugin.hive.HiveConnectorFactory;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedResult;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.testing.MaterializedRow;
import io.trino.testing.QueryRunner.MaterializedResultWithPlan;
import io.trino.testing.TestingSession;
import io.trino.spi.connector.CatalogSchemaName;
import io.trino.spi.security.PrincipalType;
import io.trino.spi.security.TrinoPrincipal;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trino's engine with its Hive connector over a local folder, which has Athena's partition projection too. Each line of
 * the standard input is {"sql": text, "parameters": [SQL literals]}; each line of the output is {"names", "types", "rows"} or
 * {"error"}. The one argument is the folder of the metastore.
 */
public class Trino {
  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    // Whatever the engine prints is no answer.
    System.setOut(System.err);
    ObjectMapper json = new ObjectMapper();
    LocalQueryRunner runner = LocalQueryRunner.create(TestingSession.testSessionBuilder().build());
    runner.createCatalog(
        "hive",
        new HiveConnectorFactory("hive"),
        Map.of(
            "hive.metastore", "file",
            "hive.metastore.catalog.dir", arguments[0],
            "hive.security", "allow-all",
            "hive.non-managed-table-writes-enabled", "true",
            "hive.parquet.use-column-names", "true",
            "hive.partition-projection-enabled", "true"));
    Session first = newSession(runner);
    runner.inTransaction(first, within -> {
      runner
          .getMetadata()
          .createSchema(
              within,
              new CatalogSchemaName("hive", "genomics"),
              Map.of(),
              new TrinoPrincipal(PrincipalType.USER, first.getUser()));
      return null;
    });
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Map<String, Object> answer = new LinkedHashMap<>();
      try {
        Session session = newSession(runner);
        JsonNode request = json.readTree(line);
        String sql = request.get("sql").asText();
        List<String> parameters = new ArrayList<>();
        request.get("parameters").forEach(one -> parameters.add(one.asText()));
        MaterializedResultWithPlan ran = parameters.isEmpty()
            ? runner.executeWithPlan(session, sql, WarningCollector.NOOP)
            : runner.executeWithPlan(
                Session.builder(session).addPreparedStatement("asked", sql).build(),
                "EXECUTE asked USING " + String.join(", ", parameters),
                WarningCollector.NOOP);
        MaterializedResult result = ran.getMaterializedResult();
        List<List<Object>> rows = new ArrayList<>();
        for (MaterializedRow row : result.getMaterializedRows()) rows.add(row.getFields());
        answer.put("names", ((OutputNode) ran.getQueryPlan().getRoot()).getColumnNames());
        answer.put("types", result.getTypes().stream().map(Object::toString).toList());
        answer.put("rows", rows);
      } catch (Exception failure) {
        answer.put("error", String.valueOf(failure.getMessage()));
      }
      out.println(json.writeValueAsString(answer));
      out.flush();
    }
    System.exit(0);
  }

  /** Each query has a session of its own: a connector begins a query once for each query id. */
  private static Session newSession(LocalQueryRunner runner) {
    return TestingSession.testSessionBuilder(runner.getSessionPropertyManager())
        .setCatalog("hive")
        .setSchema("genomics")
        .build();
  }
}
