-- About 300,000 rows, made by the server itself in a few seconds (seq_1_to_N are tables of MariaDB's SEQUENCE engine).
USE shop;
SET @names = '王伟,李娜,张敏,刘洋,陈静,Zoë Müller,Søren Ågård,Ναταλία,Фёдор,José 🛒';
SET @cities = '北京,上海,广州,深圳,成都,杭州,Zürich,São Paulo';

INSERT INTO customers (email, name, city, tier, interests, balance, birthday, registered, changed)
SELECT CONCAT('customer', seq, '@example.com'),
       CONCAT(SUBSTRING_INDEX(SUBSTRING_INDEX(@names, ',', 1 + seq MOD 10), ',', -1), ' ', seq),
       SUBSTRING_INDEX(SUBSTRING_INDEX(@cities, ',', 1 + (seq * 7) MOD 8), ',', -1),
       1 + seq MOD 3, seq MOD 16, ROUND((seq * 7919) MOD 1000000 / 37, 4),
       IF(seq MOD 11 = 0, NULL, DATE_ADD('1950-01-01', INTERVAL (seq * 31) MOD 20000 DAY)),
       DATE_ADD('2019-01-01', INTERVAL seq * 6007 SECOND), '2026-01-01 00:00:00.000001'
FROM seq_1_to_20000;

INSERT INTO products (sku, name, price, weight, rating, on_sale, introduced)
SELECT CONCAT('SKU-', LPAD(seq, 7, '0')), CONCAT(ELT(1 + seq MOD 5, '茶 Tea', 'Bücher', 'Lampe', '自行车', 'Café'), ' No ', seq),
       1 + (seq * 389) MOD 99900 / 100, seq / 7, IF(seq MOD 9 = 0, NULL, seq MOD 50 / 10), seq MOD 4 = 0, 2000 + seq MOD 25
FROM seq_1_to_2000;

INSERT INTO stock (product_id, warehouse, quantity, changed)
SELECT p.id, w.seq, 1000 + p.id MOD 500, '2026-01-01' FROM products p JOIN seq_1_to_2 w;

INSERT INTO orders (customer_id, status, ordered, delivery, note)
SELECT c.id, 1 + s.seq MOD 5, DATE_ADD('2024-01-01', INTERVAL s.seq * 1009 MICROSECOND) + INTERVAL s.seq * 600 SECOND,
       IF(s.seq MOD 3 = 0, NULL, SEC_TO_TIME(s.seq MOD 86400)), IF(s.seq MOD 5 = 0, CONCAT('请放门口 №', s.seq), NULL)
FROM seq_1_to_60000 s JOIN customers c ON c.email = CONCAT('customer', 1 + (s.seq * 7) MOD 20000, '@example.com')
ORDER BY s.seq;

INSERT INTO order_lines (order_id, line, product_id, quantity, price)
SELECT o.id, l.seq, p.id, 1 + (o.id + l.seq) MOD 5, p.price
FROM orders o JOIN seq_1_to_4 l ON l.seq <= 1 + o.id MOD 4
JOIN products p ON p.sku = CONCAT('SKU-', LPAD(1 + (o.id * 13 + l.seq * 101) MOD 2000, 7, '0'));

INSERT INTO payments (order_id, method, amount, reference, paid)
SELECT o.id, 1 + o.id MOD 4, SUM(l.quantity * l.price), UNHEX(MD5(o.id)), o.ordered + INTERVAL 90 SECOND
FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.status > 1 GROUP BY o.id;

INSERT INTO audit_log (region, worker, entry, action, at, details)
SELECT 'beijing', 0, seq, 'imported', DATE_ADD('2025-01-01', INTERVAL seq SECOND), IF(seq MOD 4 = 0, NULL, CONCAT('entry ', seq, ' ✓'))
FROM seq_1_to_20000;

INSERT INTO documents (customer_id, title, body, scan)
SELECT c.id, CONCAT('Invoice ', c.id), JSON_OBJECT('number', c.id, 'name', c.name, 'paid', c.id MOD 2 = 0, 'views', 0, 'lines', JSON_ARRAY(1, 2.5, NULL, '四')),
       IF(c.id MOD 10 = 0, NULL, UNHEX(REPEAT(SHA2(c.id, 512), 1 + c.id MOD 16)))
FROM customers c WHERE c.id MOD 10 < 2;
