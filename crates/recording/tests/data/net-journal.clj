;; Writes net-journal.fressian, with the libraries and in the way of Maelstrom's own journal (src/maelstrom/net/journal.clj):
;;   java -cp clojure.jar:spec.alpha.jar:core.specs.alpha.jar:data.fressian.jar:fressian.jar clojure.main net-journal.clj net-journal.fressian
;; Debian has them as libclojure-java and libdata-fressian-clojure; made with Clojure 1.11.1, data.fressian 1.0.0, fressian 0.6.6.
(require '[clojure.data.fressian :as fress] '[clojure.java.io :as io])
(import '(org.fressian FressianWriter) '(org.fressian.handlers WriteHandler))
(defrecord Event [type ^long time message])
(defrecord Message [id src dest body])
(defn write-body! [^FressianWriter w m]
  (.writeTag w "map" 1)
  (.beginClosedList w)
  (doseq [[k v] m] (.writeObject w k true) (.writeObject w v (= k :type)))
  (.endList w))
(def handlers
  (-> {Event {"ev" (reify WriteHandler (write [_ w e]
                (.writeTag w "ev" 3) (.writeObject w (:type e)) (.writeInt w (long (:time e))) (.writeObject w (:message e))))}
       Message {"msg" (reify WriteHandler (write [_ w m]
                (.writeTag w "msg" 4) (.writeInt w (long (:id m))) (.writeString w (:src m)) (.writeString w (:dest m)) (write-body! w (:body m))))}}
      (merge fress/clojure-write-handlers) fress/associative-lookup fress/inheritance-lookup))
(def count* (atom 0))
(with-open [w (fress/create-writer (io/output-stream (first *command-line-args*)) :handlers handlers)]
  (let [t (atom 1000000)
        ev (fn [type id src dest body] (swap! t + 700123) (fress/write-object w (Event. type @t (Message. id src dest body))))
        both (fn [id src dest body] (ev :send id src dest body) (ev :recv id src dest body))]
    (both 0 "c0" "n0" (array-map :type "init" :node_id "n0" :node_ids ["n0" "n1" "n10"] :msg_id 1))
    (both 1 "n0" "c0" (array-map :type "init_ok" :in_reply_to 1))
    (both 2 "c2" "n1" (array-map :type "txn" :msg_id 7 :txn [["append" 9 1] ["r" 9 nil]] :ratio 0.25 :none nil :yes true :no false))
    (ev :send 3 "n1" "n10" (array-map :type "gossip" :messages (vec (range 0 20)) :text "长 𝄞 text" :empty {} :nested {:a {:b [1.0 0.0 -1.5]}}))
    (both 4 "n1" "lin-kv" (array-map :type "cas" :msg_id 300 :key "k" :from -2 :to 70000 :create_if_not_exists true))
    (both 5 "lin-kv" "n1" (array-map :type "error" :in_reply_to 300 :code 20 :text (apply str (repeat 200 "long "))))
    (doseq [[i n] (map-indexed vector [-1 0 63 64 -4096 4095 4096 524287 524288 -524288 33554432 8589934592 -8589934592 2199023255552 562949953421312 9223372036854775807 -9223372036854775808 18446744073709551616N])]
      (both (+ 6 i) "n0" "n1" (array-map :type "number" :value n :label (str n))))
    (doseq [i (range 40)]
      (both (+ 24 i) "n0" "n1" (assoc (array-map :type (str "kind" i)) (keyword (str "field" i)) i)))
    (both 64 "n0" "n1" (array-map :type "kind39" :field39 1 :field0 2))))
