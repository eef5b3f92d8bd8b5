// What a program does with Flink's JDBC driver: java -cp flink-sql-jdbc-driver-bundle.jar Jdbc.java HOST:PORT
import java.sql.*;
import java.util.Properties;

public class Jdbc {
    public static void main(String[] args) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:flink://" + args[0] + "?execution.runtime-mode=batch");
                Statement s = c.createStatement()) {
            DatabaseMetaData about = c.getMetaData();
            System.out.println("product " + about.getDatabaseProductName());
            System.out.println("catalog " + c.getCatalog() + " schema " + c.getSchema());
            print("catalogs", about.getCatalogs());
            print("schemas", about.getSchemas());
            System.out.println("result set of CREATE: "
                    + s.execute("CREATE TABLE t (id INT, name STRING, price DECIMAL(10, 2), at_time TIMESTAMP(3))"
                            + " WITH ('connector' = 'values', 'rows' = '1,a,1.50,2026-01-31 10:00:00.123; 2,NULL,2.25,NULL')"));
            try (ResultSet r = s.executeQuery("SELECT id, name, price, at_time, id > 1 AS big, CAST(id AS DOUBLE) / 4 AS q FROM t ORDER BY id")) {
                ResultSetMetaData m = r.getMetaData();
                for (int i = 1; i <= m.getColumnCount(); i++) {
                    System.out.println("column " + m.getColumnName(i) + " " + m.getColumnTypeName(i));
                }
                while (r.next()) {
                    System.out.println("row " + r.getInt("id") + " " + r.getString("name") + " " + r.wasNull() + " " + r.getBigDecimal(3)
                            + " " + r.getTimestamp(4) + " " + r.getBoolean(5) + " " + r.getDouble(6));
                }
            }
            s.execute("CREATE TABLE sink (id INT) WITH ('connector' = 'blackhole')");
            s.execute("INSERT INTO sink SELECT id FROM t");
            try (ResultSet r = s.getResultSet()) {
                r.next();
                System.out.println("job " + r.getString(1).length());
            }
            s.execute("SHOW TABLES");
            print("tables", s.getResultSet());
            s.execute("SET 'execution.runtime-mode' = 'streaming'");
            print("nested", s.executeQuery("SELECT CAST(ARRAY[1, 2] AS STRING) AS a, DATE '2026-01-31' AS d, TIME '10:00:00' AS t, x'00ff' AS b"));
            try {
                s.executeQuery("SELECT nme FROM t");
                System.out.println("no error");
            } catch (Exception e) { // the driver lets those of its client through
                Throwable t = e;
                while (t.getCause() != null) {
                    t = t.getCause();
                }
                System.out.println("error " + t.getMessage().contains("error[42703] column `nme` does not exist") + " " + t.getMessage().contains("^^^"));
            }
        }
    }

    static void print(String what, ResultSet r) throws SQLException {
        StringBuilder line = new StringBuilder(what);
        while (r.next()) {
            for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
                Object v = r.getObject(i);
                line.append(' ').append(v instanceof byte[] b ? java.util.Arrays.toString(b) : v);
            }
        }
        System.out.println(line);
        r.close();
    }
}
